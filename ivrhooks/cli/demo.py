"""``ivrhooks demo``: starts sandbox, server and console with one command."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import click

from ivrhooks.authoring.caller_request import http_request
from ivrhooks.basics.errors import ConfigError
from ivrhooks.cli.children import (
    Child,
    ChildEnded,
    ChildSilent,
    Stopped,
    free_port,
    is_free,
    listen,
    start,
    stop,
    stoppable,
    wait_until_up,
    watch,
)
from ivrhooks.cli.folder import FOLDER, shipped_folder
from ivrhooks.cli.report import DIM, GOOD, refused, show
from ivrhooks.cli.verbosity import log_option, verbose_option
from ivrhooks.config.compile.source.sources import SANDBOX_VARIABLE
from ivrhooks.config.loader import load
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.console.link import link
from ivrhooks.store.console_token import VARIABLE, configured_token, stored_token
from ivrhooks.store.folder import data_folder

SANDBOX_PORT = 8090
VIP = "13800000001"


@click.command("demo")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="The server's port; 0 takes a free one.",
)
@click.option(
    "--sandbox-port",
    type=click.IntRange(0, 65535),
    default=SANDBOX_PORT,
    show_default=True,
    help="The sandbox's port; where it is taken, or 0, a free one.",
)
@click.option(
    "--config",
    "folder",
    metavar="DIR",
    type=FOLDER,
    help="Another configuration than the shipped one.",
)
@verbose_option
@log_option
@click.pass_context
def command(
    ctx: click.Context, port: int, sandbox_port: int, folder: str | None
) -> None:
    """Start sandbox, server and console here, and say what to try.

    For example: ivrhooks demo --port 8081 --sandbox-port 8091

    The sandbox imitates all systems. Everything listens on 127.0.0.1 only. Ctrl-C stops
    all.
    """
    more = ("-v",) if ctx.obj else ()
    ctx.exit(run(folder or shipped_folder(), port, more, sandbox_port))


def run(
    folder: str,
    port: int,
    more: Sequence[str] = (),
    sandbox_port: int = SANDBOX_PORT,
) -> int:
    """Start, print, monitor and stop everything; return the exit status.

    ``more``: further options of ``serve``.
    """
    try:
        configuration = load(folder)
        token = configured_token(os.environ) or stored_token(data_folder())
    except ConfigError as error:
        show(refused(error.problems), as_json=False)
        return 1
    except OSError as error:
        click.echo(f"The data folder cannot be used: {error.strerror}", err=True)
        return 1
    port = port or free_port()
    if not is_free(port):
        click.echo(f"Port {port} is taken. Try: ivrhooks demo --port 8081", err=True)
        return 1
    with stoppable():
        return _run(configuration, folder, port, token, more, sandbox_port)


def _run(
    configuration: Configuration,
    folder: str,
    port: int,
    token: str,
    more: Sequence[str],
    sandbox_port: int,
) -> int:
    children: list[Child] = []
    try:
        start_all(children, folder, port, token, more, sandbox_port)
        wait_until_up(children)
        print_summary(configuration, token, *children)
        watch(children)
    except (KeyboardInterrupt, Stopped):
        click.echo("\nStopping.", err=True)
        return 0
    except (ChildEnded, ChildSilent) as error:
        click.echo(str(error), err=True)
        return getattr(error, "status", 1) or 1
    finally:
        stop(children)


def start_all(
    children: list[Child],
    folder: str,
    port: int,
    token: str,
    more: Sequence[str] = (),
    sandbox_port: int = SANDBOX_PORT,
) -> None:
    """Start the sandbox, and the server with its console.

    Each is added to ``children`` as soon as it runs.
    """
    with listen(sandbox_port) as listener:  # nobody else can take its port
        port_in_use = listener.getsockname()[1]
        if sandbox_port not in (0, port_in_use):
            click.echo(
                f"Port {sandbox_port} is taken: the sandbox takes {port_in_use}.",
                err=True,
            )
        sandbox_url = f"http://127.0.0.1:{port_in_use}"
        environ = {SANDBOX_VARIABLE: sandbox_url}
        number = listener.fileno()
        arguments = ["sandbox", "--fd", str(number)]
        children.append(start("sandbox", arguments, sandbox_url, environ, [number]))
    environ[VARIABLE] = token
    arguments = ["serve", "--config", folder, "--port", str(port), *more]
    children.append(start("server", arguments, f"http://127.0.0.1:{port}", environ))


def print_summary(
    configuration: Configuration, token: str, sandbox: Child, server: Child
) -> None:
    """Print all addresses and three things to try."""
    lines = [
        "",
        click.style("The demo is up. Ctrl-C stops it.", fg=GOOD, bold=True),
        "",
        f"  console        {link(server.url, token)}",
        f"  server         {server.url}",
        f"  sandbox        {sandbox.url}",
        f"  configuration  {_near(configuration.folder)}",
        "",
        "Try, in another terminal:",
        "",
    ]
    lines += [f"  {line}" for line in examples(configuration, server.url)]
    seen = explain_command(configuration, sandbox.url)
    if seen:
        lines += ["", "See where each value comes from:", "", f"  {seen}"]
    hint = "Each data request is one line below; telephone numbers are masked."
    click.echo("\n".join([*lines, "", click.style(hint, fg=DIM), ""]))


def examples(configuration: Configuration, url: str) -> list[str]:
    """Return a curl line for the System API, a FORM endpoint and a JSON endpoint.

    Secrets are not printed: an endpoint with a secret gets an `ivrhooks probe` line,
    which fills it in. An endpoint that needs a signature is left out.
    """
    unsigned = [
        plan for plan in configuration.plans.values() if not plan.security.schemes
    ]
    lines = []
    for form in ("query", "form", "json"):
        fitting = [plan for plan in unsigned if plan.format == form]
        fitting.sort(key=lambda plan: (plan.confidential, not _has_phone(plan)))
        for plan in fitting[:1]:
            secret = plan.confidential
            words = _command("probe", plan, configuration, f"--url={url}")
            lines.append(words if secret else curl(plan, url))
    return lines


def explain_command(configuration: Configuration, sandbox_url: str) -> str:
    """Return the command that explains an endpoint which looks up a caller, or ""."""
    fitting = [plan for plan in configuration.plans.values() if plan.lookups]
    fitting = [
        plan for plan in fitting if _has_phone(plan) and plan.endpoint != "system"
    ]
    if not fitting:
        return ""
    command = _command("explain", fitting[-1], configuration)
    usual = sandbox_url == f"http://127.0.0.1:{SANDBOX_PORT}"
    return command if usual else f"{SANDBOX_VARIABLE}={sandbox_url} {command}"


def _command(verb: str, plan: Plan, configuration: Configuration, *more: str) -> str:
    """Return a command line for this plan with a caller of the sandbox."""
    example_parameters = [
        parameter
        for parameter in _example_parameters(plan.inputs)
        if not parameter.secret
    ]
    inputs = [
        f"{parameter.name}={sample(parameter)}" for parameter in example_parameters
    ]
    folder = ("--config", _near(configuration.folder))
    return shlex.join(["ivrhooks", verb, plan.endpoint, *inputs, *folder, *more])


def _near(folder: str) -> str:
    """Return a folder as a person would type it: relative where it is below this
    one."""
    here, there = Path.cwd(), Path(folder).absolute()
    return str(there.relative_to(here)) if there.is_relative_to(here) else str(there)


def _has_phone(plan: Plan) -> bool:
    return any(parameter.format == "phone" for parameter in plan.inputs)


def curl(plan: Plan, url: str) -> str:
    """Return the curl command for this plan with a caller of the sandbox."""
    inputs = [(each.name, sample(each)) for each in _example_parameters(plan.inputs)]
    headers = {each.name: sample(each) for each in _example_parameters(plan.headers)}
    if plan.format == "query":
        return shlex.join(["curl", f"{url}{plan.path}?{urlencode(inputs)}"])
    request = http_request(plan, inputs, headers, url)
    body = urlencode(inputs).encode() if plan.format == "form" else request.body or b""
    words = ["curl"]
    for name, value in request.headers:
        if (name, plan.format) != ("Content-Type", "form"):  # the default of curl
            words += ["-H", f"{name}: {value}"]
    return shlex.join([*words, "-d", body.decode(), request.url])


def _example_parameters(parameters: Sequence[Parameter]) -> list[Parameter]:
    return [
        each
        for each in parameters
        if each.required or each.format == "phone" or each.equals is not None
    ]


def sample(parameter: Parameter) -> str:
    """Return a value that this parameter accepts: a VIP's number, a choice, a number,
    text."""
    if parameter.equals is not None:
        return parameter.equals
    if parameter.format == "phone":
        return VIP
    if parameter.enum:
        return str(parameter.enum[0])
    if parameter.type == "int":
        return str(parameter.min if parameter.min is not None else 1)
    return "text"

"""Writes what the docs can read from the program itself: the pages of docs/reference,
and the table of operations on each page of docs/systems.

``make docs`` runs it; a test holds that the pages in the repository are what it would
write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from marshmallow import fields

from ivrhooks.authoring.examples import REFUSED_WHEN
from ivrhooks.basics.errors import STATUS_BY_CODE
from ivrhooks.basics.people.personal import default_kind
from ivrhooks.cli.main import main
from ivrhooks.config.schema.declare import keys_of, reached, section_of
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.schema.root import RootEntry
from ivrhooks.server.pages.metrics import METRICS
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import Field, Operation, Param
from ivrhooks.sources.kind import Kind

DOCS = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py: change what it reads, then `make docs`. -->"

ON_INVALID = {"unreadable_body", "invalid_input"}


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    return {
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "cli.md": cli_page(),
        "operations.md": operations_page(),
        "metrics.md": metrics_page(),
    }


def system_pages() -> dict[str, str]:
    """The page of every kind by its file name, its table of operations written anew."""
    return {
        f"{kind.name}.md": with_operations(
            (DOCS / "systems" / f"{kind.name}.md").read_text("utf-8"), kind
        )
        for kind in KINDS.values()
    }


def page(title: str, *lines: str) -> str:
    return "\n".join([f"# {title}", "", NOTE, "", *lines]).rstrip() + "\n"


def table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    for row in rows:
        cells = [cell.replace("|", "\\|").replace("\n", " ") for cell in row]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


# --------------------------------------------------------------------- metrics


def metrics_page() -> str:
    lines = [
        "`/metrics` reports these for Prometheus, added up over all workers of the "
        "server, so any worker can answer. Counts of another worker arrive at most a "
        "second late. Counters go on when a worker ends and another takes its place, "
        "and begin at zero when the server starts; a worker that is killed takes the "
        "last quarter of a second with it. No label holds anything that a caller sent, "
        "a telephone number or a secret. If the "
        "environment has `IVRHOOKS_METRICS_TOKEN`, `/metrics` needs `Authorization: "
        "Bearer` with that token, and answers 401 without it. Set it if the server can "
        "be reached from outside, or let the proxy refuse the path. The names will not "
        "change; [a dashboard for Grafana](../examples/grafana-dashboard.json) and "
        "[rules for Prometheus](../examples/prometheus-alerts.yaml) use them.",
        "",
    ]
    rows = ((f"`{name}`", kind, told) for name, (kind, told) in METRICS.items())
    return page("Metrics", *lines, *table(("name", "type", "what"), rows))


# -------------------------------------------------------------------- settings


def settings_page() -> str:
    lines = ["Durations are written `250ms`, `2s`, `10m`, `1h`, `7d`; sizes `64KB`."]
    lines += [
        "`${NAME}`, `${NAME:-default}` and `${file:/path}` are filled in from the "
        "environment and from files when the configuration is loaded.",
        "",
    ]
    for entry in reached(RootEntry, EndpointEntry):
        lines += section(entry)
    lines += ["## `auth:` of a source, by kind", ""]
    lines += table(("kind", "keys"), auth_rows())
    return page("Settings", *lines)


def section(entry: type[Any]) -> list[str]:
    about = section_of(entry)
    above = {key.name for key in keys_of(about.base)} if about.base else set()
    own = entry.__annotations__

    def rows() -> Iterator[tuple[str, ...]]:
        for key in keys_of(entry):
            if key.name not in above or key.name in own:
                yield f"`{key.name}`", written(key.field), key.usual, key.help

    return [f"## {about.title}", "", *table(("setting", "is", "default", ""), rows())]


WRITTEN = {
    "Text": "text",
    "Words": "text, or text by language",
    "Integer": "whole number",
    "Boolean": "true or false",
    "Texts": "list of texts",
    "Nested": "section",
    "NestedOrOff": "section",
    "NestedMap": "sections by name",
    "NestedList": "list of sections",
    "Values": "mapping",
    "Any_": "",
    "Condition": "",
}


def written(field: fields.Field[Any]) -> str:
    """In words, what a setting's value is."""
    kind = type(field).__name__
    if kind == "OneOf":
        return ", ".join(f"`{choice}`" for choice in field._choices)  # type: ignore[attr-defined]
    if kind == "Measured":
        return str(field.measure)  # type: ignore[attr-defined]
    return WRITTEN[kind]


def auth_rows() -> Iterator[tuple[str, ...]]:
    for kind in KINDS.values():
        names = kind.auth().fields if kind.auth else ()
        untold = [name for name in names if f"`{name}`" not in kind.auth_help]
        if untold:
            raise SystemExit(f"auth_help of {kind.name} lacks {untold}")
        yield kind.name, kind.auth_help


# ----------------------------------------------------------------------- errors


def errors_page() -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        for code, status in STATUS_BY_CODE.items():
            governed = " (200 with `on_invalid: 200`)" if code in ON_INVALID else ""
            yield f"`{code}`", f"{status}{governed}", REFUSED_WHEN[code]

    intro = (
        "The body of a refusal has every declared output at its default, and "
        '`"error": {"code", "message", "fields": {name: [texts]}}`; the body of a 404 '
        "has the error alone. A released code keeps its name."
    )
    return page("Errors", intro, "", *table(("code", "status", "when"), rows()))


# ----------------------------------------------------------------- command line


def cli_page() -> str:
    context = click.Context(
        main, info_name="ivrhooks", terminal_width=78, **main.context_settings
    )
    lines = ["```text", main.get_help(context), "```", ""]
    for name in main.list_commands(context):
        command = main.get_command(context, name) or main
        shown = command.get_help(click.Context(command, context, name))
        lines += [f"## ivrhooks {name}", "", "```text", shown, "```", ""]
    return page("Command line", *lines)


# ------------------------------------------------------------------- operations


def operations_page() -> str:
    lines = [
        "What a lookup or an action can ask of each kind of source. Names are the "
        "vendor's own, to the letter, misspellings too. **w** marks a write.",
        "",
    ]
    for kind in KINDS.values():
        lines += kind_lines(kind)
    return page("Operations", *lines)


MARKED = re.compile(
    r"<!-- operations -->\n.*?(?:<!-- end of operations -->\n|\Z)", re.DOTALL
)


def with_operations(text: str, kind: Kind) -> str:
    """``text`` with the operations of ``kind`` between its two marks."""
    lines = ["<!-- operations -->", NOTE, "", *operations_table(kind)]
    block = "\n".join([*lines, "<!-- end of operations -->", ""])
    written, times = MARKED.subn(lambda _: block, text)
    if times != 1:
        raise SystemExit(f"docs/systems/{kind.name}.md: where do the operations go?")
    return written


def operations_table(kind: Kind) -> list[str]:
    """A line for each operation: what it asks, with what, and what comes back."""

    def rows() -> Iterator[tuple[str, ...]]:
        for index, one in enumerate(kind.operations):
            link = f"[{one.name}](../reference/operations.md#{kind.name}-{one.name})"
            notes = [one.summary.rstrip(".") + "."]
            notes += ["The default."] if index == 0 and len(kind.operations) > 1 else []
            asks = f"`{one.method} {one.path}`" if one.path else "as `request:` says"
            asks = asks if kind.client else "no API"
            mark = "write" if one.write else "read"
            mark = "by its method" if kind.asks_requests else mark
            taken = "the source's own" if kind.describe else parameters(one)
            yield link, mark, asks, taken, comes_back(one), " ".join(notes)

    header = ("operation", "is a", "asks", "parameters", "result", "")
    return table(header, rows())


def parameters(operation: Operation) -> str:
    """Their names; those needed in bold."""
    names = [
        f"**`{one.name}`**" if one.required else f"`{one.name}`"
        for one in operation.params
    ]
    text = ", ".join(names) or "none"
    if operation.needs_one_of:
        everyone = len(operation.needs_one_of) == len(operation.params)
        which = "them" if everyone else " or ".join(operation.needs_one_of)
        text += f" (at least one of {which})" if everyone else f" ({which} is needed)"
    return f"a list of: {text}" if operation.list_params else text


def comes_back(operation: Operation) -> str:
    """The shape of the result, in a few words."""
    if operation.entries:
        whose = "the vendor's block" if operation.path else "a mapping"
        return f"{whose}, with the list `{operation.entries}`"
    if operation.entries == "":
        return "a list"
    if operation.free_answer:
        return "what the answer holds"
    return "one object" if operation.fields or not operation.path else "nothing to read"


def kind_lines(kind: Kind) -> list[str]:
    lines = [f"## {kind.name}", ""]
    if kind.system_param:
        lines += [f"The System API puts the number into `{kind.system_param}`.", ""]
    for operation in kind.operations:
        lines += operation_lines(operation)
    return lines


def operation_lines(operation: Operation) -> list[str]:
    mark = " **w**" if operation.write else ""
    anchor = f'<a id="{operation.kind}-{operation.name}"></a>'
    lines = [f"### {operation.name}{mark}", "", anchor, "", f"{operation.summary}", ""]
    if operation.path:
        lines += [f"`{operation.method} {operation.path}`", ""]
    lines += [f"Reference: {operation.reference}", ""]
    if operation.params:
        header = ("parameter", "is", "needed", "")
        lines += table(header, map(param_row, operation.params))
    if operation.needs_one_of:
        names = ", ".join(f"`{name}`" for name in operation.needs_one_of)
        lines += [f"At least one of {names} is needed.", ""]
    if operation.list_params:
        lines += ["The parameters are a list of such entries.", ""]
    if operation.free_params:
        lines += ["Further parameters (custom fields) are taken.", ""]
    return lines + result_lines(operation)


def result_lines(operation: Operation) -> list[str]:
    lines: list[str] = []
    if operation.fields:
        rows = ((f"`{f.name}`", f.type, kind_of(f), f.help) for f in operation.fields)
        lines += table(("result field", "is", "kind", ""), iter(rows))
    if operation.free_fields:
        lines += ["Custom fields come beside these.", ""]
    if operation.errors:
        known = ((f"`{e.code}`", str(e.status), e.meaning) for e in operation.errors)
        lines += table(("error", "HTTP", "means"), iter(known))
    return lines


def kind_of(one: Field) -> str:
    """The kind of data by which a field is shown."""
    return one.pii or default_kind(one.type)


def param_row(param: Param) -> tuple[str, ...]:
    values = " or ".join(f"`{value}`" for value in param.values)
    text = "; ".join(filter(None, (param.help, values)))
    return f"`{param.name}`", param.type, "yes" if param.required else "", text


def write(folder: Path, written_pages: Mapping[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in written_pages.items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write(DOCS / "reference", pages())
    write(DOCS / "systems", system_pages())

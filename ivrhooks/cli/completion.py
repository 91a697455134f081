"""``ivrhooks completion``: prints the shell script that completes verbs and
arguments."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from ivrhooks.cli.choice import SuggestingChoice

SHELLS = ("bash", "zsh", "fish")
_HOW = {
    "bash": 'eval "$(ivrhooks completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(ivrhooks completion zsh)"    in ~/.zshrc',
    "fish": "ivrhooks completion fish > ~/.config/fish/completions/ivrhooks.fish",
}


@click.command("completion")
@click.argument("shell", type=SuggestingChoice(SHELLS))
def command(shell: str) -> None:
    """Print the script by which SHELL completes `ivrhooks`.

    For example: eval "$(ivrhooks completion bash)"

    It completes verbs, options, endpoints, their inputs and the words of an `enum`.
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - the shells above are all known
    root = click.get_current_context().find_root()
    script = kind(root.command, {}, "ivrhooks", "_IVRHOOKS_COMPLETE").source()
    click.echo(f"# {_HOW[shell]}")
    click.echo(script)

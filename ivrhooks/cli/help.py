"""``ivrhooks help``: prints the help of all verbs, or of one."""

from __future__ import annotations

import click


@click.command("help")
@click.argument("verb", required=False)
@click.pass_context
def command(ctx: click.Context, verb: str | None) -> None:
    """Print the help of VERB, or of all verbs.

    For example: ivrhooks help check
    """
    root = ctx.find_root()
    if verb is None:
        click.echo(root.get_help())
        return
    group = root.command
    assert isinstance(group, click.Group)  # noqa: S101 - the root is the group of verbs
    name, verb_command, _ = group.resolve_command(root, [verb])
    if verb_command is not None:
        click.echo(
            verb_command.get_help(
                click.Context(verb_command, info_name=name, parent=root)
            )
        )

"""Judges a template by its syntax tree: which names it uses, which are undefined."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

from jinja2 import Environment, nodes

from ivrhooks.config.reading.report import listed, nearest
from ivrhooks.config.templates.filters import (
    ARGUMENTS,
    argument_problem,
    calendar_problem,
    count_problem,
)
from ivrhooks.config.templates.names import Names, NamesInTree, TemplateFacts
from ivrhooks.config.templates.paths import plain_path, step, walk
from ivrhooks.config.templates.slips import FILTERS_FOR, WORDS_FOR_NONE, slip_of

_ATTRIBUTE_FILTERS = frozenset(
    [
        "attr",
        "map",
        "selectattr",
        "rejectattr",
        "groupby",
        "sort",
        "unique",
        "sum",
        "min",
        "max",
        "join",
    ]
)
_NOTHING = "; what has no value is `none`"
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from … import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
}


def inspect(
    tree: nodes.Template,
    environment: Environment,
    names: Names,
    tree_names: NamesInTree,
) -> TemplateFacts:
    """Return everything that a template names, with its problems."""
    facts = TemplateFacts()
    free = _free_names(tree_names, environment, names)
    own = tree_names.used - free
    for node in walk(tree):
        _check_slip(node, environment, names, own, facts)
        if id(node) not in facts.reported:
            _check_node(node, environment, names, free, facts)
    facts.request = not names.extra and "request" in free
    if not names.extra:
        _check_bare_roots(tree, names, free, facts)
    facts.bare = _bare_names(tree, free, names)
    facts.clock = "now" in free or any(
        node.name in ("opens_at", "closes_at") for node in tree.find_all(nodes.Filter)
    )
    for root in ("inputs", "headers"):
        if root in free and _bare(tree, root):
            facts.parameters.add(f"{root}.*")
    return facts


def _check_bare_roots(
    tree: nodes.Template, names: Names, free: Set[str], facts: TemplateFacts
) -> None:
    """Report ``lookups`` and ``actions`` that stand without name and key, unless they
    are reported already."""
    reported = " ".join(message for message, _ in facts.problems)
    for root, key in (("lookups", "status"), ("actions", "id")):
        known = root in free and root in names.top()
        if not known or f"{root}." in reported or _only(tree, root, key):
            continue
        message = "of `actions` write actions.<name>.id only"
        if root == "lookups":
            message = _of_lookups(tree, names)
        facts.problems.append((message, 1))


def _bare_names(tree: nodes.Template, free: Set[str], names: Names) -> set[str]:
    """Return the parameters that a text holds without filter or operator. A header has
    the name under which it is declared."""
    declared = {name.lower(): name for name in names.headers}
    outputs = tree.find_all(nodes.Output)
    paths = (plain_path(node) for output in outputs for node in output.nodes)
    return {
        f"{path[0]}.{_declared_name(path, declared)}"
        for path in paths
        if path is not None and len(path) == 2 and path[0] in free
    }


def _declared_name(path: tuple[str | int, ...], headers: Mapping[str, str]) -> str:
    name = str(path[1])
    return headers.get(name.lower(), name) if path[0] == "headers" else name


def _bare(tree: nodes.Template, name: str) -> bool:
    """Return whether a name is used as a whole anywhere, without a key after it."""
    uses = sum(
        isinstance(node, nodes.Name) and node.name == name for node in walk(tree)
    )
    stepped = sum(
        isinstance(node, (nodes.Getattr, nodes.Getitem))
        and isinstance(node.node, nodes.Name)
        and node.node.name == name
        for node in walk(tree)
    )
    return uses > stepped


def _only(tree: nodes.Template, root: str, key: str) -> bool:
    """Return whether every ``root`` is part of ``root.<name>.key``."""
    named = sum(
        isinstance(node, nodes.Name) and node.name == root for node in walk(tree)
    )
    whole = 0
    for node in walk(tree):
        path = plain_path(node)
        if path and path[0] == root and path[2:] == (key,):
            whole += 1
    return whole == named


def _free_names(
    tree_names: NamesInTree, environment: Environment, names: Names
) -> Set[str]:
    """Return the names that the template does not set itself.

    Jinja takes its globals, and ``self``, for known.
    """
    used, free = tree_names.used, tree_names.undeclared
    if free is None:
        return used
    own = environment.globals.keys() & set(names.lookups)
    return free | (used & {*own, "self"})


def _check_slip(
    node: nodes.Node,
    environment: Environment,
    names: Names,
    own: Set[str],
    facts: TemplateFacts,
) -> None:
    """Report syntax of another template language, once. ``own``: the names that the
    template sets."""
    slip = slip_of(node, environment.filters, names, own)
    if slip is None or id(node) in facts.reported:
        return
    if slip.message and slip.wrong:
        facts.wrong(slip.message, node)
    elif slip.message:
        facts.doubts.append(slip.message)
    facts.reported.update(map(id, slip.nodes))


def _check_node(
    node: nodes.Node,
    environment: Environment,
    names: Names,
    free: Set[str],
    facts: TemplateFacts,
) -> None:
    if isinstance(node, nodes.Name):
        _check_name(node, environment, names, free, facts)
    elif isinstance(node, (nodes.Getattr, nodes.Getitem)):
        _note_field(node, names, free, facts)
        _check_step(node, names, free, facts)
    elif isinstance(node, nodes.Filter):
        _check_filter(node, environment, names, facts)
    elif isinstance(node, nodes.Test) and node.name not in environment.tests:
        near = nearest(node.name, environment.tests)
        near = near or "; write one of Jinja's: defined, none, number, string, …"
        facts.wrong(f"unknown test `{node.name}`{near}", node)
    elif type(node) in _REFUSED:
        word = _REFUSED[type(node)]
        facts.wrong(f"{{% {word} %}} has no place in a template here; remove it", node)
        facts.reported.update(map(id, walk(node)))


def _of_lookups(tree: nodes.Template, names: Names) -> str:
    """Return what to write in place of a use of ``lookups`` that reads no status."""
    paths = [plain_path(node) for node in walk(tree)]
    wrong = [path for path in paths if path and path[0] == "lookups" and len(path) > 1]
    named = next((path for path in wrong if path[1] in names.lookups), None)
    if named is None:
        return "of `lookups` write lookups.<name>.status only"
    name = named[1]
    longest = max((path for path in wrong if path[1] == name), key=len)
    field = ".".join(map(str, (name, *longest[2:])))
    return f"write `lookups.{name}.status` for its status, `{field}` for its result"


def _check_name(
    node: nodes.Name,
    environment: Environment,
    names: Names,
    free: Set[str],
    facts: TemplateFacts,
) -> None:
    name = node.name
    if name.startswith("__"):
        facts.wrong(f"the name `{name}` begins with __, which is refused", node)
    elif name not in free:
        return
    elif name in names.lookups:
        facts.lookups.add(name)
    elif name not in names.top() and name not in environment.globals:
        hint = _NOTHING if name in WORDS_FOR_NONE else nearest(name, names.top())
        if name in names.inputs:
            hint = f" (did you mean `inputs.{name}`?)"
        elif name in names.actions:
            hint = f" (did you mean `actions.{name}.id`?)"
        elif name == "actions":
            hint = "; this endpoint has no actions: declare one under `actions`"
        hint = hint or f"; known here: {listed(names.top())}"
        facts.wrong(f"undefined name `{name}`{hint}", node)


def _check_step(
    node: nodes.Getattr | nodes.Getitem,
    names: Names,
    free: Set[str],
    facts: TemplateFacts,
) -> None:
    key = step(node)
    if isinstance(key, str) and key.startswith("__"):
        facts.wrong(f"the attribute `{key}` begins with __, which is refused", node)
        return
    if not isinstance(node.node, nodes.Name) or node.node.name not in free:
        _doubt_field(plain_path(node), names, free, facts)
        return
    root = node.node.name
    if names.extra or root not in names.top() or root in names.lookups:
        return
    if root in ("lookups", "actions"):
        _check_named_step(node, root, key, names, facts)
    elif not isinstance(key, str):
        facts.parameters.add(f"{root}.*")
    elif root in ("inputs", "headers"):
        _check_parameter(node, root, key, names, facts)
    elif root == "request" and key != "id":
        facts.wrong(f"`request.{key}` is not known; there is `request.id`", node)


def _note_field(
    node: nodes.Node, names: Names, free: Set[str], facts: TemplateFacts
) -> None:
    path = plain_path(node)
    if path and path[0] in names.lookups and path[0] in free:
        facts.fields.add((str(path[0]), ".".join(map(str, path[1:]))))


def _check_parameter(
    node: nodes.Node, root: str, key: str, names: Names, facts: TemplateFacts
) -> None:
    known = names.inputs if root == "inputs" else names.headers
    same = {name.lower(): name for name in known} if root == "headers" else {}
    if key in known or key.lower() in same:
        facts.parameters.add(f"{root}.{same.get(key.lower(), key)}")
        return
    cut = [name for name in known if re.match(rf"{re.escape(key)}[^0-9A-Za-z_]", name)]
    there = f"; declared: {listed(known)}" if known else f"; declare it under `{root}`"
    hint = nearest(key, known) or there
    if cut:
        hint = f"; write {root}['{cut[0]}']"
    facts.wrong(f"`{root}.{key}` is not declared{hint}", node)


def _doubt_field(
    path: tuple[str | int, ...] | None,
    names: Names,
    free: Set[str],
    facts: TemplateFacts,
) -> None:
    """Question ``inputs.tel.extention``: an input is no mapping, and only a telephone
    number has a field."""
    if path is None or len(path) != 3 or path[0] != "inputs" or "inputs" not in free:
        return
    _, name, key = path
    if name not in names.inputs or not isinstance(key, str):
        return
    if key == "extension" or hasattr(str, key):
        return
    hint = nearest(key, ["extension"])
    hint = hint or f"; if it holds JSON, write (inputs.{name} | from_json).{key}"
    facts.doubts.append(f"`inputs.{name}` has no field `{key}`{hint}")


def _check_named_step(
    node: nodes.Node, root: str, key: object, names: Names, facts: TemplateFacts
) -> None:
    """Judge ``lookups.<name>`` and ``actions.<name>``."""
    what, last = ("lookup", "status") if root == "lookups" else ("action", "id")
    known = names.lookups if root == "lookups" else names.actions
    if not isinstance(key, str):
        facts.wrong(f"write {root}.<name>.{last}, with the {what}'s name", node)
    elif key not in known:
        hint = nearest(key, known) or f"; {root}: {listed(known)}"
        facts.wrong(f"`{root}.{key}` is no {what} of this endpoint{hint}", node)
    else:
        (facts.statuses if root == "lookups" else facts.actions).add(key)


def _check_filter(
    node: nodes.Filter, environment: Environment, names: Names, facts: TemplateFacts
) -> None:
    if node.name not in environment.filters:
        known = [name for name in environment.filters if not name.startswith(" ")]
        meant = FILTERS_FOR.get(node.name)
        near = f"; write | {meant}" if meant else nearest(node.name, known)
        near = near or f"; write one of Jinja's, or of {listed(ARGUMENTS)}"
        facts.wrong(f"unknown filter `{node.name}`{near}", node)
        return
    arguments = [expr for expr in node.args if isinstance(expr, nodes.Const)]
    named = [pair.value for pair in node.kwargs if isinstance(pair.value, nodes.Const)]
    constants = [
        *arguments,
        *(const for const in named if isinstance(const, nodes.Const)),
    ]
    if node.name in _ATTRIBUTE_FILTERS:
        for constant in constants:
            _check_attributes(constant, facts)
    if node.name in ARGUMENTS:
        _check_own_filter(node, names, facts)


def _check_own_filter(node: nodes.Filter, names: Names, facts: TemplateFacts) -> None:
    fewest, most = ARGUMENTS[node.name]
    if not fewest <= len(node.args) + len(node.kwargs) <= most:
        facts.wrong(count_problem(node.name, fewest, most), node)
    if node.name in ("opens_at", "closes_at") and isinstance(node.node, nodes.Const):
        problem = calendar_problem(str(node.node.value), names.template_context)
        if problem:
            facts.wrong(problem, node)
    arguments = [*node.args, *(pair.value for pair in node.kwargs)]
    for place, expr in enumerate(arguments):
        if not isinstance(expr, nodes.Const):
            continue
        problem = argument_problem(node.name, place, expr.value, names.template_context)
        if problem:
            facts.wrong(problem, node)


def _check_attributes(constant: nodes.Const, facts: TemplateFacts) -> None:
    parts = constant.value.split(".") if isinstance(constant.value, str) else ()
    for part in parts:
        if part.startswith("__"):
            facts.wrong(f"the attribute `{part}` begins with __: refused", constant)

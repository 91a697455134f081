"""The set-up sheet: what to type into the call centre's API settings, to the letter.

The same data is printed by ``ivrhooks sheet`` and laid out by the console's page, in
English, Chinese or Vietnamese. A secret is never in it, only where it can be found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ivrhooks.authoring.contract import (
    CALLERS_NUMBER,
    Contract,
    DeclaredOutput,
    DeclaredParameter,
    Place,
)
from ivrhooks.authoring.outputs.dialplan import dialplan
from ivrhooks.authoring.outputs.sheet_callers import NUMBERS, outputs_below, where
from ivrhooks.authoring.outputs.sheet_words import LANGUAGES
from ivrhooks.config.schema.localized import in_language

Row = tuple[str, ...]
Words = Mapping[str, str]

PLACEHOLDER = "https://YOUR-SERVER"
"""Stands for the server's address where nobody has said it."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the sheet: notes, a table (``header`` may be empty: names at the left,
    values at the right), and text to be shown as it is."""

    title: str
    notes: tuple[str, ...] = ()
    header: Row = ()
    rows: tuple[Row, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A set-up sheet in one language (``en``, ``zh``, ``vi``)."""

    language: str
    endpoint: str
    title: str
    notes: tuple[str, ...]
    sections: tuple[Section, ...]


def sheet_of(contract: Contract, language: str = "en", caller: str = "sobot") -> Sheet:
    """The sheet of an endpoint, for the caller profile ``caller``. Raises KeyError for
    an unknown language."""
    words = LANGUAGES[language]
    contract = _in_language(contract, language)
    sections = [
        _api(contract, words),
        _parameters(words["headers"], contract.headers, (), words, caller),
        _inputs(contract, words, caller),
        _outputs(contract, words, language),
    ]
    if caller == "asterisk":
        sections.append(_dialplan(contract, words))
    sections += [*_test(contract, words, caller), _problems(contract, words)]
    return Sheet(
        language,
        contract.endpoint,
        words["title"].format(endpoint=contract.endpoint),
        tuple(_notes(contract, words, caller, language)),
        tuple(sections),
    )


def _in_language(contract: Contract, language: str) -> Contract:
    """``contract`` with the descriptions that it has in ``language``."""
    return replace(
        contract,
        description=in_language(contract.description, language),
        headers=tuple(_localized(one, language) for one in contract.headers),
        parameters=tuple(_localized(one, language) for one in contract.parameters),
        outputs=tuple(
            replace(one, description=in_language(one.description, language))
            for one in contract.outputs
        ),
    )


def _localized(one: DeclaredParameter, language: str) -> DeclaredParameter:
    return replace(one, description=in_language(one.description, language))


def _notes(
    contract: Contract, words: Words, caller: str, language: str
) -> Iterator[str]:
    if contract.description:
        yield contract.description
    if contract.used_by:
        yield words["used_by"].format(names=", ".join(contract.used_by))
    if caller == "asterisk":
        yield words["where_asterisk"]
    else:
        yield words["intro"]
    if contract.system:
        yield words["where_system"]
    elif caller == "sobot":
        yield words["where_sobot"]
    elif place := where(caller, language):
        yield place
    if contract.base_url == PLACEHOLDER:
        yield words["replace_base"].format(base=PLACEHOLDER)


def _api(contract: Contract, words: Words) -> Section:
    rows = [(words["url"], contract.url), (words["method"], contract.method)]
    if contract.content_type:
        rows.append((words["content_type"], contract.content_type))
    deadline = words["milliseconds"].format(number=contract.deadline_ms)
    rows.append((words["deadline"], deadline))
    return Section(words["api"], rows=tuple(rows))


def _inputs(contract: Contract, words: Words, caller: str) -> Section:
    notes: Row = ()
    if contract.vendor_parameters and caller == "sobot":
        names = ", ".join(one.name for one in contract.vendor_parameters)
        notes = (words["added_by_ivr"].format(names=names),)
    return _parameters(words["inputs"], contract.parameters, notes, words, caller)


def _parameters(
    title: str,
    declared: tuple[DeclaredParameter, ...],
    notes: Row,
    words: Words,
    caller: str,
) -> Section:
    if not declared:
        return Section(title, (words["none_here"], *notes))
    header = (words["name"], words["type"], words["required"], words["value"])
    rows = tuple(
        (
            one.name,
            one.type,
            words["yes"] if one.required else words["no"],
            words["sep"].join(_value(one, words, caller)),
        )
        for one in declared
    )
    return Section(title, notes, header, rows)


def _value(one: DeclaredParameter, words: Words, caller: str) -> Iterator[str]:
    """What to choose or type for a parameter, in parts."""
    variable = _variable(one, words, caller)
    if one.in_path:
        yield f"URL: {{{one.name}}}"
    if one.places:
        key = "secret" if one.secret else "agreed"
        yield words[key].format(places=_places(one.places, words))
    elif one.value is not None:
        yield words["always"].format(value=one.value)
    elif variable:
        yield variable
    elif one.format == "phone":
        yield words["telephone"]
    elif not one.enum:
        yield words["own_variable"]
    yield from _limits(one, words)
    yield from _blanks(one.name, words)
    if one.description and (not one.variable or one.variable not in one.description):
        yield one.description


def _variable(one: DeclaredParameter, words: Words, caller: str) -> str:
    """Where the caller's own IVR has the value; "" where that is not known."""
    if one.variable and caller == "sobot":
        return words["system_variable"].format(name=one.variable)
    if one.variable != CALLERS_NUMBER:
        return ""
    if caller == "asterisk":
        return words["channel"].format(name="CALLERID(num)")
    if caller in NUMBERS:
        return NUMBERS[caller]
    return words["callers_number"]


def _limits(one: DeclaredParameter, words: Words) -> Iterator[str]:
    if one.enum:
        yield words["one_of"].format(values=", ".join(map(str, one.enum)))
    if one.min is not None:
        yield words["at_least"].format(value=one.min)
    if one.max is not None:
        yield words["at_most"].format(value=one.max)
    if one.max_length is not None:
        yield words["max_length"].format(number=one.max_length)
    if one.pattern:
        yield words["pattern"].format(pattern=one.pattern)
    if one.default is not None:
        yield words["without"].format(value=_shown(one.default, words))


def _places(places: tuple[Place, ...], words: Words) -> str:
    """Where to look a value up that is not printed."""
    texts = words["and"].join(
        words["fallback" if place.fallback else place.kind].format(name=place.name)
        for place in places
    )
    whole = len(places) == 1 and places[0].whole
    return texts if whole else words["put_together"].format(places=texts)


def _blanks(name: str, words: Words) -> Iterator[str]:
    """Blanks are easily lost in copying; several in a row cannot even be seen."""
    longest = max((len(found) for found in re.findall(r" +", name)), default=0)
    if longest > 1:
        yield words["many_blanks"].format(number=longest)
    elif longest:
        yield words["blanks"]


def _outputs(contract: Contract, words: Words, language: str) -> Section:
    optional = any(one.optional for one in contract.outputs)
    note = words["some_outputs" if optional else "all_outputs"]
    header = (words["name"], words["type"], words["default"], words["description"])
    rows = tuple(
        (
            one.name,
            one.type,
            _default(one, words),
            words["sep"].join(_meaning(one, words)),
        )
        for one in contract.outputs
    )
    below = outputs_below(contract.shape.under, language)
    notes = (note, below) if below else (note,)
    return Section(words["outputs"], notes, header, rows)


def _default(one: DeclaredOutput, words: Words) -> str:
    if one.default is None:
        return words["left_out"]
    shown = _shown(one.default, words)
    return words["left_out_or"].format(value=shown) if one.optional else shown


def _meaning(one: DeclaredOutput, words: Words) -> Iterator[str]:
    if one.description:
        yield one.description
    if one.map:
        values = dict.fromkeys((*one.map.values(), *_given(one.default)))
        yield words["one_of"].format(
            values=", ".join(_shown(value, words) for value in values)
        )
    if one.max_length is not None:
        yield words["max_length"].format(number=one.max_length)
    yield from _blanks(one.name, words)


def _given(value: int | str | None) -> tuple[int | str, ...]:
    return () if value is None else (value,)


def _shown(value: int | str, words: Words) -> str:
    return str(value) if value != "" else words["empty"]


def _dialplan(contract: Contract, words: Words) -> Section:
    code = dialplan(contract)
    if not code:
        return Section(words["dialplan"], (words["dialplan_none"],))
    notes = [words["dialplan_where"]]
    if any(header.places for header in contract.headers):
        notes.append(words["dialplan_globals"])
    return Section(words["dialplan"], tuple(notes), code=code)


def _test(contract: Contract, words: Words, caller: str) -> Iterator[Section]:
    answer = json.dumps(dict(contract.answer), ensure_ascii=False)
    if caller == "sobot":
        yield Section(words["test"], (words["press_test"],), code=answer)
        return
    yield Section(words["test"], (words["curl_test"],), code=contract.request.curl)
    yield Section(words["good_answer"], code=answer)


def _problems(contract: Contract, words: Words) -> Section:
    statuses = {refusal.status for refusal in contract.errors} | {404}
    rows = tuple(
        (str(status), words[f"when_{status}"])
        for status in (400, 401, 404, 405)
        if status in statuses
    )
    return Section(words["problems"], (), (words["answer"], words["meaning"]), rows)

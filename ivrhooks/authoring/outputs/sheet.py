"""The set-up sheet: exactly what to type into the call centre's API settings.

``ivrhooks sheet`` prints it and the console's page shows it, in English, Chinese or
Vietnamese. It never contains a secret, only where each is found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from ivrhooks.authoring.contract import (
    CALLERS_NUMBER,
    Contract,
    DeclaredOutput,
    DeclaredParameter,
    Place,
)
from ivrhooks.authoring.outputs.dialplan import dialplan
from ivrhooks.authoring.outputs.sheet_callers import NUMBERS, PLACES
from ivrhooks.config.schema.localized import in_language
from ivrhooks.languages.catalogue import translate

Row = tuple[str, ...]
Say = Callable[..., str]
"""``translate`` into the sheet's language."""

PLACEHOLDER = "https://YOUR-SERVER"
"""Stands for the server's address where it is unknown."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the sheet: notes, a table and literal text.

    An empty ``header`` means a table of names and values.
    """

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
    """Return the sheet of an endpoint for the caller profile ``caller``.

    Raises KeyError for an unknown language.
    """
    say = partial(translate, language)
    contract = contract_in(contract, language)
    sections = [
        _api(contract, say),
        _parameters(say("setup.headers"), contract.headers, (), say, caller),
        _inputs(contract, say, caller),
        _outputs(contract, say),
    ]
    if caller == "asterisk":
        sections.append(_dialplan(contract, say))
    sections += [*_test(contract, say, caller), _problems(contract, say)]
    return Sheet(
        language,
        contract.endpoint,
        say("setup.title", endpoint=contract.endpoint),
        tuple(_notes(contract, say, caller)),
        tuple(sections),
    )


def contract_in(contract: Contract, language: str) -> Contract:
    """Return ``contract`` with its descriptions in ``language``."""
    return replace(
        contract,
        description=in_language(contract.description, language),
        headers=tuple(
            _localized(parameter, language) for parameter in contract.headers
        ),
        parameters=tuple(
            _localized(parameter, language) for parameter in contract.parameters
        ),
        outputs=tuple(
            replace(output, description=in_language(output.description, language))
            for output in contract.outputs
        ),
    )


def _localized(parameter: DeclaredParameter, language: str) -> DeclaredParameter:
    return replace(parameter, description=in_language(parameter.description, language))


def _notes(contract: Contract, say: Say, caller: str) -> Iterator[str]:
    if contract.description:
        yield contract.description
    if contract.used_by:
        yield say("setup.used_by", names=", ".join(contract.used_by))
    if caller == "asterisk":
        yield say("setup.where_asterisk")
    else:
        yield say("setup.intro")
    if contract.system:
        yield say("setup.where_system")
    elif caller == "sobot":
        yield say("setup.where_sobot")
    elif caller in PLACES:
        page, place = PLACES[caller]
        yield say("setup.where", place=place, page=page)
    if contract.base_url == PLACEHOLDER:
        yield say("setup.replace_base", base=PLACEHOLDER)


def _api(contract: Contract, say: Say) -> Section:
    rows = [(say("setup.url"), contract.url), (say("setup.method"), contract.method)]
    if contract.content_type:
        rows.append((say("setup.content_type"), contract.content_type))
    deadline = say("setup.milliseconds", number=contract.deadline_ms)
    rows.append((say("setup.deadline"), deadline))
    return Section(say("setup.api"), rows=tuple(rows))


def _inputs(contract: Contract, say: Say, caller: str) -> Section:
    notes: Row = ()
    if contract.vendor_parameters and caller == "sobot":
        names = ", ".join(parameter.name for parameter in contract.vendor_parameters)
        notes = (say("setup.added_by_ivr", names=names),)
    return _parameters(say("setup.inputs"), contract.parameters, notes, say, caller)


def _parameters(
    title: str,
    declared: tuple[DeclaredParameter, ...],
    notes: Row,
    say: Say,
    caller: str,
) -> Section:
    if not declared:
        return Section(title, (say("setup.none_here"), *notes))
    header = (
        say("setup.name"),
        say("setup.type"),
        say("setup.required"),
        say("setup.value"),
    )
    rows = tuple(
        (
            parameter.name,
            parameter.type,
            say("setup.yes") if parameter.required else say("setup.no"),
            say("list.then").join(_value(parameter, say, caller)),
        )
        for parameter in declared
    )
    return Section(title, notes, header, rows)


def _value(parameter: DeclaredParameter, say: Say, caller: str) -> Iterator[str]:
    """Yield what to choose or type for a parameter, in parts."""
    variable = _variable(parameter, say, caller)
    if parameter.in_path:
        yield f"URL: {{{parameter.name}}}"
    if parameter.places:
        key = "setup.secret" if parameter.secret else "setup.agreed"
        yield say(key, places=_places(parameter.places, say))
    elif parameter.value is not None:
        yield say("setup.always", value=parameter.value)
    elif variable:
        yield variable
    elif parameter.format == "phone":
        yield say("setup.telephone")
    elif not parameter.enum:
        yield say("setup.own_variable")
    yield from _limits(parameter, say)
    yield from _blanks(parameter.name, say)
    if parameter.description and (
        not parameter.variable or parameter.variable not in parameter.description
    ):
        yield parameter.description


def _variable(parameter: DeclaredParameter, say: Say, caller: str) -> str:
    """Return where the caller's own IVR has the value, or "" where it is unknown."""
    if parameter.variable and caller == "sobot":
        return say("setup.system_variable", name=parameter.variable)
    if parameter.variable != CALLERS_NUMBER:
        return ""
    if caller == "asterisk":
        return say("setup.channel", name="CALLERID(num)")
    if caller in NUMBERS:
        return NUMBERS[caller]
    return say("setup.callers_number")


def _limits(parameter: DeclaredParameter, say: Say) -> Iterator[str]:
    if parameter.enum:
        yield say("setup.one_of", values=", ".join(map(str, parameter.enum)))
    if parameter.min is not None:
        yield say("setup.at_least", value=parameter.min)
    if parameter.max is not None:
        yield say("setup.at_most", value=parameter.max)
    if parameter.max_length is not None:
        yield say("setup.max_length", number=parameter.max_length)
    if parameter.pattern:
        yield say("setup.pattern", pattern=parameter.pattern)
    if parameter.default is not None:
        yield say("setup.without", value=_value_text(parameter.default, say))


def _places(places: tuple[Place, ...], say: Say) -> str:
    """Return where to look up a value that is not printed."""
    texts = say("list.and").join(
        say(f"setup.{_kind(place)}", name=place.name) for place in places
    )
    whole = len(places) == 1 and places[0].whole
    return texts if whole else say("setup.put_together", places=texts)


def _kind(place: Place) -> str:
    return "fallback" if place.fallback else place.kind


def _blanks(name: str, say: Say) -> Iterator[str]:
    """Warn of blanks, which get lost in copying; several in a row cannot even be
    seen."""
    longest = max((len(blanks) for blanks in re.findall(r" +", name)), default=0)
    if longest > 1:
        yield say("setup.many_blanks", number=longest)
    elif longest:
        yield say("setup.blanks")


def _outputs(contract: Contract, say: Say) -> Section:
    optional = any(output.optional for output in contract.outputs)
    note = say("setup.some_outputs") if optional else say("setup.all_outputs")
    header = (
        say("setup.name"),
        say("setup.type"),
        say("setup.default"),
        say("setup.description"),
    )
    rows = tuple(
        (
            output.name,
            output.type,
            _default(output, say),
            say("list.then").join(_meaning(output, say)),
        )
        for output in contract.outputs
    )
    under = ".".join(contract.shape.under)
    notes = (note, say("setup.below", under=under)) if under else (note,)
    return Section(say("setup.outputs"), notes, header, rows)


def _default(output: DeclaredOutput, say: Say) -> str:
    if output.default is None:
        return say("setup.left_out")
    shown = _value_text(output.default, say)
    return say("setup.left_out_or", value=shown) if output.optional else shown


def _meaning(output: DeclaredOutput, say: Say) -> Iterator[str]:
    if output.description:
        yield output.description
    if output.map:
        values = dict.fromkeys((*output.map.values(), *_as_values(output.default)))
        shown = ", ".join(_value_text(value, say) for value in values)
        yield say("setup.one_of", values=shown)
    if output.max_length is not None:
        yield say("setup.max_length", number=output.max_length)
    yield from _blanks(output.name, say)


def _as_values(value: int | str | None) -> tuple[int | str, ...]:
    return () if value is None else (value,)


def _value_text(value: int | str, say: Say) -> str:
    return str(value) if value != "" else say("setup.empty")


def _dialplan(contract: Contract, say: Say) -> Section:
    code = dialplan(contract)
    if not code:
        return Section(say("setup.dialplan"), (say("setup.dialplan_none"),))
    notes = [say("setup.dialplan_where")]
    if any(header.places for header in contract.headers):
        notes.append(say("setup.dialplan_globals"))
    return Section(say("setup.dialplan"), tuple(notes), code=code)


def _test(contract: Contract, say: Say, caller: str) -> Iterator[Section]:
    answer = json.dumps(dict(contract.answer), ensure_ascii=False)
    if caller == "sobot":
        yield Section(say("setup.test"), (say("setup.press_test"),), code=answer)
        return
    yield Section(say("setup.test"), (say("setup.curl_test"),), code=contract.curl)
    yield Section(say("setup.good_answer"), code=answer)


def _problems(contract: Contract, say: Say) -> Section:
    statuses = {refusal.status for refusal in contract.errors} | {404}
    rows = tuple(
        (str(status), say(f"setup.when_{status}"))
        for status in (400, 401, 404, 405)
        if status in statuses
    )
    return Section(
        say("setup.problems"), (), (say("setup.answer"), say("setup.meaning")), rows
    )

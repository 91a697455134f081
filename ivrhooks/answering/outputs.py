"""The outputs: turns records into every declared output, of its declared type.

Nothing here raises. Whatever a lookup gave, an output is a value of its type, its
default, or left out where the endpoint says so. A new rule belongs in ``_convert``,
which decides; ``_quick`` is only a faster way for plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, overload

import orjson

from ivrhooks.answering.scope import RequestScope
from ivrhooks.answering.trace import ActionRun, LookupRun, Origin
from ivrhooks.basics.phone import PhoneNumber, read_phone
from ivrhooks.basics.values import SAFE_DIGITS, SAFE_INT, clean, to_int, to_text
from ivrhooks.config.plan import Expression, MockRule, OutputRule, Plan
from ivrhooks.sources.interface import FAILED

Values = dict[str, int | str]


class Outputs:
    """The outputs of one answer: ``values`` in the file's order; ``reasons``: why an
    output is a default or omitted; ``raws``: what the templates gave; ``body``: the
    body of the answer, once it is written."""

    __slots__ = ("body", "plan", "raws", "reasons", "runs", "values")

    def __init__(self, plan: Plan, runs: Sequence[LookupRun]) -> None:
        self.plan = plan
        self.runs = runs
        self.values: Values = {}
        self.reasons: dict[str, str] = {}
        self.raws: dict[str, Any] = {}
        self.body = b""

    def write(self) -> bytes:
        """Return the body on one line, within the caller profile's size."""
        if not self.body:
            plan = self.plan
            write = orjson.dumps if plan.shape is None else plan.shape.write
            self.body = write(self.values)
            if plan.size_limit is not None and len(self.body) > plan.size_limit:
                self.body = fit(self.values, plan.size_limit, write)
        return self.body

    def for_runs(self, runs: Sequence[LookupRun]) -> Outputs:
        """Return the same outputs with other runs."""
        same = Outputs.__new__(Outputs)  # without the empty mappings of a new one
        same.plan, same.runs, same.body = self.plan, runs, self.body
        same.values, same.reasons, same.raws = self.values, self.reasons, self.raws
        return same

    def fall_back(self, rule: OutputRule, because: str, *, failed: bool) -> None:
        """Give an output its default, or leave it out. After a failure an optional
        output with a default is answered too; where there is just no value, it is left
        out."""
        self.reasons[rule.name] = because
        if rule.optional and (rule.default is None or not failed):
            return
        self.values[rule.name] = default_of(rule, because)


def default_of(rule: OutputRule, because: str = "") -> int | str:
    """Return the default of ``rule`` for a reason, of its type even where the plan has
    none. For ``withheld`` that of ``skipped`` is taken where it has none of its own."""
    default = rule.default
    if rule.defaults:
        if because == "withheld" and because not in rule.defaults:
            because = "skipped"
        default = rule.defaults.get(because, default)
    if rule.type == "int":
        return default if isinstance(default, int) else 0
    return clean(default) if isinstance(default, str) else ""


def all_defaults(plan: Plan, because: str) -> Outputs:
    """Return every output at its default (optional ones without default left out), for
    refusals, overload and internal errors."""
    outputs = Outputs(plan, ())
    for rule in plan.outputs:
        outputs.fall_back(rule, because, failed=True)
    return outputs


def _field(rule: OutputRule) -> tuple[str, str]:
    """Return the lookup and the field of its record, where the template is just that;
    else empty names."""
    value = rule.value
    if value is None or len(value.lookups) != 1:
        return "", ""
    lookup = next(iter(value.lookups))
    is_field = value.path != "" and value.steps == (lookup, value.path)
    return (lookup, value.path) if is_field else ("", "")


Quick = Callable[[Any], int | str | None]
"""Returns a template's value where it is plainly of its type; else None."""


class CompiledOutputs:
    """The outputs of one endpoint, compiled once: a closure of each rule takes plain
    values, ``_convert`` decides on all others."""

    __slots__ = ("mocks", "plan", "rows")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rows = tuple(
            (rule, rule.name, *_field(rule), _quick(rule)) for rule in plan.outputs
        )
        self.mocks = tuple(
            (rule, tuple(rule.when.items()), _mocked(plan, rule)) for rule in plan.mock
        )
        for _, _, mocked in self.mocks:
            mocked.write()

    def fill(
        self,
        scope: RequestScope,
        runs: Sequence[LookupRun],
        actions: Sequence[ActionRun] = (),
    ) -> Outputs:
        """Return every declared output, from lookup results and action ids."""
        outputs = Outputs(self.plan, runs)
        raws, values = outputs.raws, outputs.values
        has_failures = bool(actions) or any([run.status != "ok" for run in runs])
        latest, record = "", None
        for rule, name, lookup, key, quick in self.rows:
            if has_failures and (because := _unavailable(rule, runs, actions)):
                outputs.fall_back(rule, because, failed=True)
                continue
            if lookup != latest:
                latest, record = lookup, scope.values.get(lookup)
            if lookup and type(record) is dict:  # the common case
                raw = record.get(key)
            else:
                raw = _evaluate(rule, scope)
            raws[name] = raw
            value = quick(raw)
            if value is None:
                value, because = _convert(rule, raw)
                if value is None:
                    because = _no_result(rule, runs) or because
                    outputs.fall_back(rule, because, failed=False)
                    continue
            values[name] = value
        return outputs

    def fill_mock(
        self, inputs: Mapping[str, Any], scope: RequestScope | None = None
    ) -> Outputs:
        """Return every declared output from the first entry of ``mock:`` that matches;
        an output that it does not name and that reads an action's id gets what its
        template gives."""
        region = self.plan.region
        for rule, when, mocked in self.mocks:
            for name, want in when:
                if not _equal(inputs.get(name), want, region):
                    break
            else:
                return mocked if scope is None else _mocked(self.plan, rule, scope)
        return _mocked(self.plan, None, scope)


def _unavailable(
    rule: OutputRule, runs: Sequence[LookupRun], actions: Sequence[ActionRun]
) -> str:
    """Return why an output is not evaluated: a lookup that it names has failed, or an
    action was not stored; "" where it is."""
    for run in runs:
        if run.status in FAILED and run.name in rule.lookups:
            return run.status
    lost = {run.name for run in actions if run.status == "not_stored"}
    if lost and rule.value is not None and not rule.value.actions.isdisjoint(lost):
        return "not_stored"
    return ""


def _quick(rule: OutputRule) -> Quick:
    """Return a reader of the plain values of a rule: text for a string, an int for an
    int, and words that a map has."""
    empty, longest, words = rule.empty, rule.max_length, rule.map

    def text(raw: Any) -> str | None:
        if type(raw) is str and raw and raw.isprintable() and raw not in empty:
            return raw if longest is None else raw[:longest]
        return None

    def mapped(raw: Any) -> int | str | None:
        if type(raw) is str and raw and raw.isprintable() and raw not in empty:
            return ready.get(raw)
        return None

    if words is None:
        return text if rule.type == "string" else _quick_number(rule)
    ready = {word: _typed(rule, made) for word, made in words.items()}
    return mapped


def _quick_number(rule: OutputRule) -> Quick:
    empty = rule.empty

    def number(raw: Any) -> int | None:
        if type(raw) is int and -SAFE_INT <= raw <= SAFE_INT:
            return raw
        digits = type(raw) is str and raw.isdecimal() and raw.isascii()
        if digits and len(raw) <= SAFE_DIGITS and raw not in empty:
            return int(raw)
        return None

    return number


def _mocked(
    plan: Plan, rule: MockRule | None, scope: RequestScope | None = None
) -> Outputs:
    """Return the outputs of one entry of ``mock:``, or of none."""
    outputs = Outputs(plan, ())
    values = rule.outputs if rule is not None else {}
    for output in plan.outputs:
        raw = values.get(output.name)
        if scope is not None and output.name not in values and _reads_action(output):
            raw = _evaluate(output, scope)
        value = None if raw is None else _typed(output, raw)
        if value is None or value == "":
            outputs.fall_back(output, "no_value", failed=False)
        else:
            outputs.raws[output.name] = raw
            outputs.values[output.name] = value
    return outputs


def _reads_action(rule: OutputRule) -> bool:
    return rule.value is not None and bool(rule.value.actions)


Write = Callable[[Values], bytes]


def fit(values: Values, limit: int, write: Write) -> bytes:
    """Return the body of ``values`` within ``limit`` bytes: the longest strings are
    cut, as little as possible. ``values`` is changed to what is answered. A body that
    no cut can fit is returned too large."""
    texts = {name: text for name, text in values.items() if isinstance(text, str)}
    low, high = 0, min(limit, max(map(len, texts.values()), default=0))
    while low < high:
        middle = (low + high + 1) // 2
        if len(_cut_body(values, texts, middle, write)) <= limit:
            low = middle
        else:
            high = middle - 1
    return _cut_body(values, texts, low, write)


def _cut_body(
    values: Values, texts: Mapping[str, str], length: int, write: Write
) -> bytes:
    for name, text in texts.items():
        values[name] = text[:length]
    return write(values)


def _evaluate(rule: OutputRule, scope: RequestScope) -> Any:
    if rule.value is None:
        return None
    try:
        return rule.value.evaluate(scope)
    except Exception as error:
        scope.note(f"outputs.{rule.name}: {type(error).__name__}")
        return None


def _convert(rule: OutputRule, raw: Any) -> tuple[int | str | None, str]:
    """Return the value of ``rule``'s type, or None and the reason."""
    if isinstance(raw, str):
        raw = clean(raw)
        if raw == "" or raw in rule.empty:
            return None, "no_value"
        if rule.type == "string" and rule.map is None:
            return raw if rule.max_length is None else raw[: rule.max_length], ""
    if raw is None:
        return None, "no_value"
    if rule.map is not None:
        text = raw if isinstance(raw, str) else to_text(raw)
        mapped = None if text is None else rule.map.get(text)
        if mapped is None and isinstance(raw, bool):
            mapped = rule.map.get("true" if raw else "false")
        if mapped is None:
            return None, "not_mapped"
        return _typed(rule, mapped), "not_mapped"
    value = _typed(rule, raw)
    return (None if value == "" else value), "no_value"


def _typed(rule: OutputRule, raw: Any) -> int | str | None:
    if rule.type == "int":
        return to_int(raw)
    text = to_text(raw)
    if text is not None and rule.max_length is not None:
        return text[: rule.max_length]
    return text


def _no_result(rule: OutputRule, runs: Sequence[LookupRun]) -> str:
    """Return the status of the first named lookup without a result, which says more
    than ``no_value``; "" where all have one."""
    for run in runs:
        if run.status in ("not_found", "skipped") and run.name in rule.lookups:
            return run.reason
    return ""


def _equal(value: Any, want: int | str, region: str | None) -> bool:
    """Compare typed values; telephone numbers by their digits."""
    if type(value) is PhoneNumber:
        return value.casefold() == read_phone(str(want), region).casefold()
    return bool(value == want)


class Origins(Sequence[Origin]):
    """The origins of the outputs, computed when they are first read: those of most data
    requests never are."""

    __slots__ = ("_made", "mocked", "outputs")

    def __init__(self, outputs: Outputs, mocked: bool = False) -> None:
        self.outputs = outputs
        self.mocked = mocked
        self._made: tuple[Origin, ...] | None = None

    @property
    def defaults(self) -> Mapping[str, str]:
        """Return the outputs that are defaults or left out, with the reasons."""
        return self.outputs.reasons

    def _all(self) -> tuple[Origin, ...]:
        if self._made is None:
            self._made = tuple(map(self._origin, self.outputs.plan.outputs))
        return self._made

    def _origin(self, rule: OutputRule) -> Origin:
        outputs = self.outputs
        value = outputs.values.get(rule.name)
        because = outputs.reasons.get(rule.name, "")
        origin, source, path = "constant", "", ""
        if because:
            origin = "omitted" if value is None else "default"
        elif self.mocked:
            origin = "mock"
        elif _reads_action(rule):
            origin = "action"
        else:
            run = _deciding_run(rule, outputs.runs)
            if run is not None:
                origin, source = _origin_of_run(run), run.source
                path = rule.value.path if rule.value is not None else ""
            elif rule.value is not None:
                origin, path = _own_origin(rule.value)
        raw = outputs.raws.get(rule.name)
        return Origin(rule.name, rule.type, value, origin, because, source, path, raw)

    @overload
    def __getitem__(self, index: int) -> Origin: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Origin]: ...
    def __getitem__(self, index: int | slice) -> Origin | Sequence[Origin]:
        return self._all()[index]

    def __iter__(self) -> Iterator[Origin]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self.outputs.plan.outputs)


def _own_origin(value: Expression) -> tuple[str, str]:
    """Return the origin of a value that no lookup gave, and which parameter it is."""
    if value.parameters:
        return "input", ", ".join(sorted(value.parameters))
    return ("clock", "") if value.clock else ("constant", "")


def _deciding_run(rule: OutputRule, runs: Sequence[LookupRun]) -> LookupRun | None:
    """Return the lookup that gave an output's value: the first with a result."""
    named = [run for run in runs if run.name in rule.lookups and run.source]
    return next((run for run in named if run.status in ("ok", "stale")), None)


def _origin_of_run(run: LookupRun) -> str:
    if run.status == "stale":
        return "stale"
    return (
        "cache" if run.outcome is not None and run.outcome.age is not None else "source"
    )

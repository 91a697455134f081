"""What an answer looks like to the caller: where the outputs stand in it.

It is built at load. Whatever is the same in each answer is stored as bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

_HERE = "\x00outputs\x00"


@dataclass(frozen=True, slots=True)
class AnswerShape:
    """The shape of an answer.

    ``under``: the keys below which the outputs stand. ``constants``: what stands beside
    them at the top level. ``strings``: every value is written as text.
    """

    under: tuple[str, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    strings: bool = False
    before: bytes = field(default=b"", init=False, repr=False)
    after: bytes = field(default=b"", init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.under:
            return
        whole = _placed(dict(self.constants), self.under)
        before, _, after = orjson.dumps(whole).partition(orjson.dumps(_HERE))
        object.__setattr__(self, "before", before)
        object.__setattr__(self, "after", after)

    @property
    def plain(self) -> bool:
        """Whether an answer is the outputs and nothing else."""
        return not (self.under or self.constants or self.strings)

    def write(self, values: Mapping[str, int | str], error: Any = None) -> bytes:
        """Return the body with these outputs; the ``error`` of a refusal stands at the
        top."""
        outputs: dict[str, Any] = dict(values)
        if self.strings:
            outputs = {name: str(value) for name, value in values.items()}
        if not self.under:
            outputs = {**self.constants, **outputs}
            if error is not None:
                outputs["error"] = error
            return orjson.dumps(outputs)
        body = self.before + orjson.dumps(outputs) + self.after
        if error is None:
            return body
        return b'%s,"error":%s}' % (body[:-1], orjson.dumps(error))


def _placed(whole: dict[str, Any], under: tuple[str, ...]) -> dict[str, Any]:
    """Return ``whole`` with a mark where the outputs stand; other keys are kept."""
    first, *rest = under
    if not rest:
        return {**whole, first: _HERE}
    below = whole.get(first)
    inner = dict(below) if isinstance(below, Mapping) else {}
    return {**whole, first: _placed(inner, tuple(rest))}

"""What the console shows beside the trace: how each output's value was made."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ivrhooks.answering.shown.mask import Mask
from ivrhooks.answering.trace import Trace
from ivrhooks.basics.people.masking import mask_text
from ivrhooks.config.plan import Configuration, OutputRule


def detail(
    trace: Trace,
    configuration: Configuration,
    *,
    show_personal: bool = False,
    mask: Mask | None = None,
) -> dict[str, dict[str, Any]]:
    """Return for each output how its value was made, masked as in ``describe``.

    ``raw`` (what its template gave), ``map``, ``default``, ``template``, ``age_s`` (of
    a cached record), and ``lookups``: the status of each lookup that it names.
    """
    plan = configuration.by_name(trace.endpoint)
    mask = mask or Mask(plan, show_personal, trace)
    rules = {rule.name: rule for rule in (plan.outputs if plan else ())}
    return {
        origin.name: {
            "raw": mask.output(origin.name, origin.raw),
            **_rule(rules.get(origin.name), trace, mask),
        }
        for origin in trace.origins
    }


def _rule(rule: OutputRule | None, trace: Trace, mask: Mask) -> Mapping[str, Any]:
    if rule is None:
        return {}
    runs = [run for run in trace.lookups if run.name in rule.lookups]
    ages = [run.age for run in runs if run.age is not None]
    return {
        "map": _map(rule, mask),
        "default": mask(rule.default),
        "template": _written(rule.value.source) if rule.value is not None else "",
        "age_s": round(max(ages), 1) if ages else None,
        "lookups": {run.name: run.status for run in runs},
    }


def _map(rule: OutputRule, mask: Mask) -> dict[str, Any] | None:
    if rule.map is None:
        return None
    return {_written(str(value)): mask(made) for value, made in rule.map.items()}


@lru_cache(maxsize=1024)
def _written(text: str) -> str:
    """Return a text of the configuration with numbers masked, which it may contain."""
    return mask_text(text)

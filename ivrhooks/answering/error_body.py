"""The error body: what the IVR gets when it has broken an endpoint's contract."""

from __future__ import annotations

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.outputs import Origins, all_defaults
from ivrhooks.answering.trace import Trace
from ivrhooks.basics.errors import ContractError
from ivrhooks.config.answer_shape import AnswerShape
from ivrhooks.config.plan import Plan


def refuse(
    plan: Plan | None,
    error: ContractError,
    request_id: str,
    trace: Trace | None = None,
) -> Answer:
    """Return the refusal of a data request.

    Its body holds every declared output at its default and ``error``. For a 404, or
    where no endpoint is known, it holds ``error`` only. ``on_invalid: 200`` turns a
    400, and no other refusal, into a status 200.
    """
    if trace is None:
        endpoint, path = (plan.endpoint, plan.path) if plan is not None else ("", "")
        trace = Trace(endpoint, request_id, path=path)
    trace.error = error.code
    trace.error_reason = error.reason
    trace.error_fields = {
        name: tuple(reasons) for name, reasons in error.fields.items()
    }
    values: dict[str, int | str] = {}
    shape = AnswerShape()
    status = error.status
    if plan is not None and status != 404:
        outputs = all_defaults(plan, "invalid_input")
        trace.origins, trace.defaults = Origins(outputs), outputs.reasons
        values, shape = outputs.values, plan.shape or shape
        if status == 400:
            status = plan.on_invalid
    texts = {
        "code": error.code,
        "message": str(error.reason),
        "fields": {
            name: [str(reason) for reason in reasons]
            for name, reasons in error.fields.items()
        },
    }
    headers = (*error.headers.items(), ("X-Request-Id", request_id))
    return Answer(status, shape.write(values, texts), headers, trace, values)

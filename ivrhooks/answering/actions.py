"""The actions of one data request: made from its templates, stored before the answer.

The lookups have ended by then. Nothing here delays an answer beyond its deadline. What
could not be stored is always reported.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from ivrhooks.actions.draft import (
    AcceptedAction,
    ActionStore,
    Draft,
    NotStored,
    made_up_id,
)
from ivrhooks.answering.scope import RequestScope
from ivrhooks.answering.trace import ActionRun
from ivrhooks.config.plan import ActionPlan, Plan, Skip
from ivrhooks.resilience.deadline import Deadline

log = logging.getLogger(__name__)

STORE_SHARE = 8
"""One part in so many of the deadline is reserved for storing, ..."""

STORE_SECONDS = 0.1
"""... but no more than this."""

ANSWER_MARGIN = 0.001
"""How many seconds before the deadline the wait for storing ends."""


def before_storing(plan: Plan, deadline: Deadline) -> Deadline:
    """Return the deadline of the lookups; the rest of the time is for the outbox."""
    if not plan.actions:
        return deadline
    kept = min(plan.deadline / STORE_SHARE, STORE_SECONDS)
    return Deadline(deadline.at - kept, deadline.clock)


async def accept(
    plan: Plan, scope: RequestScope, deadline: Deadline, outbox: ActionStore | None
) -> list[ActionRun]:
    """Return every action's run, in the file's order; those with an id are stored.

    Without an ``outbox`` nothing is stored, and the ids are made up.
    """
    started = deadline.clock()
    runs = [
        ActionRun(action.name, action.call.source, action.call.operation)
        for action in plan.actions
    ]
    drafts: list[Draft] = []
    made: list[ActionRun] = []
    for action, run in zip(plan.actions, runs, strict=True):
        draft = _draft(plan, action, scope, run)
        if draft is not None:
            drafts.append(draft)
            made.append(run)
    if outbox is None:
        for number, run in enumerate(runs, 1):
            if run in made:
                run.status, run.id = "not_delivered", made_up_id(number)
    elif drafts:
        await _store(outbox, drafts, made, deadline)
    ended = deadline.clock()
    for run in runs:
        run.started, run.ended = started, ended
    scope.values["actions"] = {run.name: {"id": run.id} for run in runs}
    return runs


async def _store(
    outbox: ActionStore,
    drafts: Sequence[Draft],
    runs: Sequence[ActionRun],
    end: Deadline,
) -> None:
    """Store all of them in one transaction, or none."""
    accepted: Sequence[AcceptedAction] = ()
    message = ""
    try:
        async with asyncio.timeout(max(0.0, end.remaining() - ANSWER_MARGIN)):
            accepted = await _stored(outbox, drafts)
    except TimeoutError:
        message = "the store was too slow"
    except NotStored as why:
        message = str(why)
    except Exception:
        log.exception("internal error: actions were not stored")
        message = "a mistake of ivrhooks"
    for index, run in enumerate(runs):
        if not accepted:
            run.status, run.message = "not_stored", message
        else:
            run.id = accepted[index].id
            run.status = "repeated" if accepted[index].repeated else "stored"


async def _stored(
    outbox: ActionStore, drafts: Sequence[Draft]
) -> Sequence[AcceptedAction]:
    accepted: asyncio.Future[Sequence[AcceptedAction]] = outbox.store(drafts)
    try:
        return await accepted
    except asyncio.CancelledError:
        if accepted.cancelled():
            raise
        return accepted.result()  # stored in the same iteration as the timeout


def _draft(
    plan: Plan, action: ActionPlan, scope: RequestScope, run: ActionRun
) -> Draft | None:
    """Return the action of this data request.

    Returns None where ``when`` is false, or where it cannot be made; a note gives the
    reason.
    """
    try:
        if action.when is not None and not action.when.evaluate(scope):
            run.status, run.message = "skipped", "when is false"
            return None
        query = action.call.bind(scope)
        if isinstance(query, Skip):
            run.status, run.message = "not_made", query.reason
            scope.note(f"the action {action.name} was not made: {query.reason}")
            return None
        run.params = query.params
        run.key = action.key(scope) if action.key is not None else None
        run.order = action.order(scope) if action.order is not None else None
    except Exception as error:  # the IVR is answered, whatever the data is
        log.exception("internal error: the action %s was not made", action.name)
        run.status, run.message = "not_made", type(error).__name__
        scope.note(f"the action {action.name} was not made: {run.message}")
        return None
    return Draft(
        endpoint=plan.endpoint,
        action=action.name,
        source=run.source,
        operation=run.operation,
        params=query.params,
        key=run.key,
        order=run.order,
        delay=action.delay,
        give_up=action.give_up,
        request_id=scope.values["request"]["id"],
    )


def made_up(plan: Plan) -> dict[str, dict[str, str]]:
    """Return ``actions`` for templates where none is stored, as in mock mode."""
    return {
        action.name: {"id": made_up_id(number)}
        for number, action in enumerate(plan.actions, 1)
    }


def not_stored(runs: Sequence[ActionRun]) -> str:
    """Return the part of the degraded header about actions; "" where none failed."""
    failed = any(run.status == "not_stored" for run in runs)
    return "action=not_stored" if failed else ""

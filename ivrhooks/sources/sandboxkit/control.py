"""``/_sandbox/…``: reset, faults and recorded requests."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from ivrhooks.sources.sandboxkit.faults import FaultError, Faults
from ivrhooks.sources.sandboxkit.store import Store


def create_control(
    store: Store, faults: Faults, lay_data: Callable[[], None]
) -> Blueprint:
    """Return the control routes. ``lay_data`` resets every system to the data file."""
    control = Blueprint("sandbox_control", __name__)

    @control.post("/reset")
    def reset() -> Response:
        with store.lock:
            faults.clear()
            lay_data()
            store.reset()
        return jsonify({"reset": True})

    @control.get("/faults")
    def show_faults() -> Response:
        return jsonify(faults.to_json())

    @control.put("/faults")
    def put_faults() -> Response | tuple[Response, int]:
        try:
            faults.put(request.get_json(force=True, silent=True))
        except FaultError as error:
            return jsonify({"error": {"code": "fault", "message": str(error)}}), 400
        return jsonify(faults.to_json())

    @control.delete("/faults")
    def delete_faults() -> Response:
        faults.clear()
        return jsonify(faults.to_json())

    @control.get("/requests")
    def show_requests() -> Response:
        return jsonify({"requests": store.requests()})

    return control

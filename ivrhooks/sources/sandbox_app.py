"""All sandboxes on one server, each vendor below its own prefix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from filelock import FileLock, Timeout
from flask import Blueprint, Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from ivrhooks.sources.bangwo8.sandbox.blueprint import (
    create_blueprint as create_bangwo8,
)
from ivrhooks.sources.meiqia.sandbox.blueprint import create_blueprint as create_meiqia
from ivrhooks.sources.omicrm.sandbox.blueprint import create_blueprint as create_omicrm
from ivrhooks.sources.sandboxkit.control import create_control
from ivrhooks.sources.sandboxkit.data_file import (
    Documents,
    SandboxData,
    check_keys,
    documents,
    read_data_file,
    read_tree,
)
from ivrhooks.sources.sandboxkit.faults import Faults
from ivrhooks.sources.sandboxkit.recorder import Recorder
from ivrhooks.sources.sandboxkit.store import Store
from ivrhooks.sources.sandboxkit.system import Later, System, run_later, utc_now
from ivrhooks.sources.sobot.sandbox.blueprint import create_blueprint as create_sobot
from ivrhooks.store.folder import data_folder

SANDBOXES: Mapping[str, Callable[[System], Blueprint]] = MappingProxyType(
    {
        "sobot": create_sobot,
        "omicrm": create_omicrm,
        "bangwo8": create_bangwo8,
        "meiqia": create_meiqia,
    }
)


class PlainJson(DefaultJSONProvider):
    """JSON as the vendors write it: keys in their order, letters unescaped."""

    sort_keys = False
    ensure_ascii = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return JSON text; a lone surrogate becomes a question mark."""
        return super().dumps(obj, **kwargs).encode("utf-8", "replace").decode()


def create_sandbox_app(
    data_file: str | Path | None = None,
    database: str | None = None,
    *,
    now: Callable[[], datetime] = utc_now,
    later: Later = run_later,
) -> Flask:
    """Return the imitations of all systems as one Flask app.

    ``data_file`` replaces the shipped records. ``database`` is a SQLAlchemy URL. None
    means a SQLite file in the data folder, whose state is kept as long as the data file
    is the same.

    Raises DataError where the data file cannot be used.
    """
    app = Flask("ivrhooks.sandbox", static_folder=None)
    app.json = PlainJson(app)
    app.url_map.strict_slashes = False
    if database is None:
        database, app.extensions["sandbox_lock"] = own_database(data_folder())
    store = Store(database)
    systems = {name: System(name, store, now=now, later=later) for name in SANDBOXES}
    for name, system in systems.items():
        app.register_blueprint(SANDBOXES[name](system), url_prefix=f"/{name}")
    data = _read(data_file, systems)
    for name, system in systems.items():
        system.credentials = data.credentials.get(name)

    def lay_data() -> None:
        for name, system in systems.items():
            system.load(data.systems[name])

    for name, system in systems.items():
        system.load_when_new(data.systems[name])
    store.reset()
    faults = Faults(tuple(systems))
    app.register_blueprint(
        create_control(store, faults, lay_data), url_prefix="/_sandbox"
    )
    _add_common(app, systems)
    recorder = Recorder(app.wsgi_app, systems, store, faults, now)
    app.wsgi_app = recorder  # type: ignore[method-assign]
    return app


def _read(data_file: str | Path | None, systems: Mapping[str, System]) -> SandboxData:
    """Return the data file; systems that it lacks get the shipped records."""
    names = {name: tuple(system.collections) for name, system in systems.items()}
    data = SandboxData() if data_file is None else read_data_file(data_file, names)
    whole: dict[str, Documents] = dict(data.systems)
    for name, system in systems.items():
        place = f"{data_file}: {name}"
        if name not in whole:
            place = f"the shipped data of {name}"
            tree = read_tree(Path(__file__).with_name(name) / "data.yaml")
            section = tree[name] if set(tree) == {name} else tree
            whole[name] = documents(section, names[name], place)
        for collection in system.collections.values():
            entries = whole[name].get(collection.name, [])
            check_keys(entries, collection.key, f"{place}.{collection.name}")
    return SandboxData(whole, data.credentials)


def _add_common(app: Flask, systems: Mapping[str, System]) -> None:
    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify({"status": "ok"})

    @app.errorhandler(HTTPException)
    def on_error(error: HTTPException) -> Any:
        system = systems.get(request.path.split("/")[1])
        http_error = _http_error if system is None else system.http_error
        answer = (http_error or _http_error)(error)
        if answer.status_code == error.code:
            kept = Headers(error.get_headers())  # Allow, Retry-After
            kept.remove("Content-Type")
            answer.headers.update(kept)
        return answer


def _http_error(error: HTTPException) -> Response:
    body = {"error": {"code": str(error.code), "message": str(error.description)}}
    answer = jsonify(body)
    answer.status_code = error.code or 500
    return answer


MAX_SANDBOXES = 100


def own_database(folder: Path) -> tuple[str, FileLock]:
    """The URL of a SQLite file in ``folder`` that no other sandbox has open, and the
    lock that keeps it so for as long as this process holds it.

    The first sandbox has ``sandbox.sqlite``, one started beside it
    ``sandbox-2.sqlite``, and so on: each has data of its own. Raises OSError.
    """
    for number in range(1, MAX_SANDBOXES + 1):
        name = "sandbox" if number == 1 else f"sandbox-{number}"
        lock = FileLock(folder / f"{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        return f"sqlite:///{folder / name}.sqlite", lock
    raise OSError(f"{MAX_SANDBOXES} sandboxes are running on {folder.name}")

"""``ivrhooks.wsgi:app``: the WSGI server's app of the folder in IVRHOOKS_CONFIG.

It is made when it is first asked for, so that the module can be imported anywhere.
"""

from __future__ import annotations

from typing import Any

from ivrhooks.server.flask_app import create_app_or_exit


def __getattr__(name: str) -> Any:
    """The app, once. Prints what is wrong with the configuration, and ends."""
    if name != "app":
        raise AttributeError(name)
    made = globals()["app"] = create_app_or_exit()
    return made

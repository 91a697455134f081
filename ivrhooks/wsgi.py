"""``ivrhooks.wsgi:app``: the WSGI app of the folder in IVRHOOKS_CONFIG.

The app is made when it is first read, so that the module can be imported anywhere.
"""

from __future__ import annotations

from typing import Any

from ivrhooks.server.flask_app import create_app_or_exit


def __getattr__(name: str) -> Any:
    """Return the app, which is made once.

    If the configuration is wrong, print the problems and end the process.
    """
    if name != "app":
        raise AttributeError(name)
    made = globals()["app"] = create_app_or_exit()
    return made

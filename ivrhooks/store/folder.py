"""The data folder: the files of a server that outlive its process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return ``IVRHOOKS_DATA``, else the platform's user data folder; create it if
    missing.

    A new folder is readable by its owner alone, since it will hold access tokens.
    Raises OSError where it cannot be created.
    """
    chosen = (os.environ if environ is None else environ).get("IVRHOOKS_DATA", "")
    folder = (
        Path(chosen).expanduser()
        if chosen
        else platformdirs.user_data_path("ivrhooks", appauthor=False)
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder

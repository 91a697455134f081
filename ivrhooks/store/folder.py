"""The data folder: where what must outlive the process is kept, whatever is served."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """``IVRHOOKS_DATA``, else the platform's user data folder; made when missing.

    A folder that is made here can be read by its owner alone (it will hold access
    tokens). Raises OSError where it cannot be made.
    """
    chosen = (os.environ if environ is None else environ).get("IVRHOOKS_DATA", "")
    folder = (
        Path(chosen).expanduser()
        if chosen
        else platformdirs.user_data_path("ivrhooks", appauthor=False)
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder

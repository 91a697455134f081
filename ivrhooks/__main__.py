"""``python -m ivrhooks``: the command line, for whoever has no script on the path."""

from __future__ import annotations

from ivrhooks.cli.main import main

if __name__ == "__main__":
    main(prog_name="ivrhooks")

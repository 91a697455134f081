"""Measures the processor time that loading a folder of many endpoints takes.

    python benchmarks/load_time.py --endpoints 1000
    python benchmarks/load_time.py --config configs --endpoints 1000 --write FOLDER

Without ``--config`` all endpoints are alike: 17 lines with one lookup and four outputs.
With ``--config`` they are copies of the endpoints of that configuration, each with its
own name and path. ``--write`` keeps the folder, so that it can be checked, tested and
served.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

from ivrhooks.config.loader import load

ROOT = """\
version: 1
caller: generic
deadline: 2s
sources:
  crm: {kind: http, base_url: "http://127.0.0.1:24999", breaker: {reset: 60s}}
"""
ENDPOINT = """\
endpoint: lookup
path: /lookup
format: query
inputs:
  tel: {type: string, pattern: '^[+ ]?[0-9]{5,15}$', required: true}
lookups:
  c:
    source: crm
    request: {method: GET, path: /customer, query: {tel: "{{ inputs.tel }}"}}
outputs:
  isVip:     {type: int,    value: "{{ c.isVip }}", default: 0}
  vipLevel:  {type: string, value: "{{ c.vipLevel }}", default: ""}
  userLabel: {type: string, value: "{{ c.userLabel }}", default: ""}
  isblack:   {type: int,    value: "{{ c.isblack }}", default: 0}
"""
_NAME = re.compile(r"^(endpoint|path): *(\S+)", re.MULTILINE)


def write_folder(folder: Path, count: int, config: Path | None) -> None:
    """Write a configuration of ``count`` endpoints, copies of those in ``config``."""
    if config is None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ivrhooks.yaml").write_text(ROOT, "utf-8")
        texts = [ENDPOINT]
    else:
        shutil.copytree(config, folder, dirs_exist_ok=True)
        texts = [
            file.read_text("utf-8") for file in sorted(folder.glob("endpoints/*.yaml"))
        ]
        shutil.rmtree(folder / "endpoints")
    (folder / "endpoints").mkdir()
    for number, text in enumerate(islice(cycle(texts), count)):
        copy = _NAME.sub(rf"\1: \2-{number}", text)
        (folder / "endpoints" / f"e{number}.yaml").write_text(copy, "utf-8")


def processor_time(folder: Path) -> float:
    """Return the seconds of processor time that one load takes."""
    begin = time.process_time()
    load(folder)
    return time.process_time() - begin


def main() -> None:
    """Print the best and the median of several loads in one process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=1000)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as empty:
        folder = wanted.write or Path(empty) / "many"
        write_folder(folder, wanted.endpoints, wanted.config)
        times = sorted(processor_time(folder) for _ in range(wanted.rounds))
    print(
        f"{wanted.endpoints} endpoints: best {times[0]:.2f} s, median "
        f"{times[len(times) // 2]:.2f} s of processor time"
    )


if __name__ == "__main__":
    main()

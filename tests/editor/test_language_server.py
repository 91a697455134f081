"""The editor's schema in the real YAML language server: marks, completion, hover."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivrhooks.authoring.outputs.editor_schema import editor_schema
from language_server import LanguageServer

CHECKOUT = Path(__file__).parents[2]
NODE = Path(sys.prefix)
VIP = """\
# yaml-language-server: $schema=endpoint.json
endpoint: vip
path: /api/vip
format: form
inputs:
  tel: {type: string, format: phone}
outputs:
  isVip:
    type: int
    default: 0
"""

Open = Callable[[str], LanguageServer]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens a text as an endpoint's file."""
    servers = []
    for name in ("root", "endpoint"):
        schema = json.dumps(editor_schema(name))
        (tmp_path / f"{name}.json").write_text(schema, "utf-8")

    def open_text(text: str) -> LanguageServer:
        file = tmp_path / "file.yaml"
        file.write_text(text, "utf-8")
        servers.append(LanguageServer(NODE, file))
        return servers[-1]

    yield open_text
    for server in servers:
        server.close()


def test_the_shipped_files_have_no_red_mark(opened: Open) -> None:
    files = sorted((CHECKOUT / "configs").rglob("*.yaml"))
    assert len(files) > 6
    for file in files:
        name = "root" if file.name == "ivrhooks.yaml" else "endpoint"
        if file.parent.name not in ("configs", "endpoints"):
            continue
        modeline = f"# yaml-language-server: $schema={name}.json\n"
        server = opened(modeline + file.read_text("utf-8"))
        assert server.problems() == {}, file.name


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        ("format: form", "format: from", 4),
        ("type: int", "type: integer", 9),
        ("default: 0", "defualt: 0", 10),
        ("format: form", "format: form\ndeadline: 5", 5),
        ("format: form", "format: form\nstrict_format: maybe", 5),
    ],
)
def test_a_slip_is_marked_at_its_line(
    opened: Open, was: str, now: str, line: int
) -> None:
    assert list(opened(VIP.replace(was, now, 1)).problems()) == [line]


def test_a_key_is_completed_and_explained(opened: Open) -> None:
    server = opened(VIP)
    assert server.problems() == {}
    assert {"deadline", "lookups", "on_invalid"} <= server.completions(4, 0)
    assert {"enum", "required", "max_length"} <= server.completions(6, 8)
    assert "`form` and `json` use POST" in server.hover(4, 2)

"""``ivrhooks new``: an endpoint that passes check and answers what it was made from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from ivrhooks.config.loader import load

Run = Callable[..., Result]
SAMPLE = {
    "id": 7,
    "name": "An Nguyen",
    "vip": True,
    "address": {"city-name": "Huế", "lines": ["a"]},
    "tags": ["x"],
    "score": 1.5,
    "number": 1234567890123456789,
}


@pytest.fixture
def mine(run: Run, tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    assert run("init", folder).exit_code == 0
    return folder


def made(run: Run, mine: Path, *words: object) -> Path:
    done = run("new", "made", *words, "--dir", mine)
    assert done.exit_code == 0, done.output
    checked = run("check", mine)
    assert checked.exit_code == 0, checked.output
    tested = run("test", mine)
    assert tested.exit_code == 0, tested.output
    return mine / "endpoints" / "made.yaml"


def test_without_more_it_is_an_endpoint_to_begin_with(run: Run, mine: Path) -> None:
    file = made(run, mine)
    assert file.read_text("utf-8").startswith("# yaml-language-server: $schema=")


def test_out_of_a_curl_line(run: Run, mine: Path) -> None:
    line = (
        "curl -X POST https://h/api/orders -H 'X-Shop: north' -H 'Content-Type: "
        "application/x-www-form-urlencoded' -d 'partnerId=1&m&tel=0901230001&level=3"
        "&code=007&city=Hu%E1%BA%BF'"
    )
    text = made(run, mine, "--from-curl", line).read_text("utf-8")
    (plan,) = [
        candidate
        for candidate in load(mine).plans.values()
        if candidate.endpoint == "made"
    ]
    assert (plan.path, plan.method, plan.format) == ("/api/orders", "POST", "form")
    types = {value.name: value.format or value.type for value in plan.inputs}
    assert types == {"tel": "phone", "level": "int", "code": "string", "city": "string"}
    assert [header.name for header in plan.headers] == ["X-Shop"]
    assert "0901230001" not in text  # a caller's own number is not kept


def test_out_of_a_systems_answer(run: Run, mine: Path, tmp_path: Path) -> None:
    sample = tmp_path / "answer.json"
    sample.write_text(json.dumps([SAMPLE]), "utf-8")
    text = made(run, mine, "--from-sample", sample).read_text("utf-8")
    (plan,) = [
        candidate
        for candidate in load(mine).plans.values()
        if candidate.endpoint == "made"
    ]
    assert {output.name: output.type for output in plan.outputs} == {
        "id": "int",
        "name": "string",
        "vip": "int",
        "address_city-name": "string",
        "score": "string",
        "number": "string",
    }
    assert "An Nguyen" not in text
    assert "api.example.com" in (mine / "ivrhooks.yaml").read_text("utf-8")


def test_the_fields_of_a_lists_first_entry_are_outputs(
    run: Run, mine: Path, tmp_path: Path
) -> None:
    sample = tmp_path / "answer.json"
    items = [{"id": 7, "city": {"name": "Hue"}}, {"id": 8, "more": 1}]
    answer = {"code": 0, "data": {"items": items, "tags": ["a"]}}
    sample.write_text(json.dumps(answer), "utf-8")
    text = made(run, mine, "--from-sample", sample).read_text("utf-8")
    assert 'data_items_id: {type: int, value: "{{ customer.data.items[0].id }}' in text
    (plan,) = [
        candidate
        for candidate in load(mine).plans.values()
        if candidate.endpoint == "made"
    ]
    names = ["code", "data_items_id", "data_items_city_name"]
    assert [output.name for output in plan.outputs] == names


def test_it_replaces_nothing(run: Run, mine: Path) -> None:
    before = (mine / "endpoints" / "vip-routing.yaml").read_text("utf-8")
    done = run("new", "vip-routing", "--dir", mine)
    assert done.exit_code == 1 and "is there already" in done.output
    assert (mine / "endpoints" / "vip-routing.yaml").read_text("utf-8") == before


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("a b",), 2, "is no name"),
        (("a", "--from-curl", "wget x"), 1, "beginning with curl"),
        (("a", "--from-curl", "curl x", "--operation", "y"), 2, "go together"),
    ],
)
def test_unsupported_options_are_reported(
    run: Run, mine: Path, words: tuple[str, ...], status: int, message: str
) -> None:
    done = run("new", *words, "--dir", mine)
    assert done.exit_code == status
    assert message in done.output + done.stderr


def test_a_folder_without_a_root_file_is_reported(run: Run, tmp_path: Path) -> None:
    done = run("new", "a", "--dir", tmp_path)
    assert done.exit_code == 1 and "ivrhooks init" in done.output

"""The API test's page, without scripts: its bar, its callers, its words."""

from __future__ import annotations

import html
import re
import subprocess
from typing import Any

import pytest

from ivrhooks.authoring.tests.runner import run_tests
from ivrhooks.config.loader import load
from support.stub_system import stub_system

VIP = "13800000001"
ROOT = """\
version: 1
timezone: Asia/Shanghai
console: {{enabled: true}}
sources:
  crm:
    kind: http
    base_url: "{url}"
    timeout: 300ms
    phone: digits
    pii: {{phone: phone}}
  backup: {{kind: http, base_url: "{url}", phone: digits}}
"""
DESK = """\
endpoint: desk
path: /api/desk
format: form
deadline: 900ms
description: {en: Routes callers., zh: 分配坐席。, vi: Phân tuyến cuộc gọi.}
inputs:
  tel: {type: string, format: phone, required: true}
  n: {type: int}
lookups:
  customer:
    source: [crm, backup]
    request: {path: /one, query: {phone: "{{ inputs.tel }}"}}
  known:
    source: crm
    request: {path: /two, query: {phone: "{{ inputs.tel }}"}, pick: first}
outputs:
  nick: {type: string, value: "{{ customer.nick }}", default: nobody}
  desk: {type: string, value: "{{ known.desk }}", default: none}
  back: {type: string, value: "{{ inputs.n }}", default: ""}
  hour: {type: int, value: "{{ now.hour }}", default: 24}
mock: [{when: {tel: "13800000001"}, outputs: {nick: Mock}}, {outputs: {nick: Nobody}}]
tests:
  - name: {en: In the morning, zh: 早上, vi: Buổi sáng}
    now: 2026-10-01T09:30:00+00:00
    inputs: {tel: "13800000001", n: 7}
    sources: {customer: {nick: Given}, known: {fail: not_found}}
"""


class Page:
    """A page as a person reads it."""

    def __init__(self, response: Any) -> None:
        self.status = response.status_code
        self.source = html.unescape(response.get_data(as_text=True))
        response.close()
        text = re.sub(r"<[^>]*>", " ", self.source)
        self.text = re.sub(r"\s+", " ", text)


@pytest.fixture
def see(serve) -> Any:
    """The pages over a customer system that answers by its path."""

    def answered(seen: Any) -> Any:
        if seen.path == "/one":
            return answers["one"]
        return 200, {}, b'[{"desk": "gold", "phone": "13800000001"}, {"desk": "b"}]'

    answers: dict[str, Any] = {"one": (200, {}, b'{"nick": "Wang"}')}
    with stub_system(answered) as system:
        served = serve(ROOT.format(url=system.url), DESK)

        def ask(path: str = "", form: dict[str, str] | None = None) -> Page:
            return Page(served.page(path, form))

        ask.answers = answers
        ask.served = served
        yield ask


def run(**fields: str) -> dict[str, str]:
    return {"endpoint": "desk", "i.tel": VIP, "action": "run", **fields}


def test_endpoint_caller_and_run_stand_together_before_all_else(see) -> None:
    source = see("?endpoint=desk").source
    bar = source[source.index('class="bar"') : source.index('class="workbench"')]
    for part in ('id="endpoints"', 'name="i.tel"', 'id="run-button"', 'id="counter"'):
        assert part in bar
    folded = source[source.index('id="how"') :].partition("</details>")[0]
    assert folded.startswith('id="how">')  # it is closed
    for name in ("source", "fault", "deadline_ms", "now"):
        assert f'name="{name}"' in folded


def test_a_test_caller_runs_at_once_at_its_moment_with_its_sources(see) -> None:
    shown = see("", {"endpoint": "desk", "caller": "tests.0", "fault": ""})
    assert '{"nick":"Given","desk":"none","back":"7","hour":17}' in shown.source
    assert '<option value="test" selected>' in shown.source
    assert 'value="2026-10-01T17:30:00"' in shown.source
    assert 'name="base" value="tests.0"' in shown.source
    assert "Source As its test says" in shown.text
    mocked = see("", {"endpoint": "desk", "caller": "mock.0", "source": "test"})
    assert '"nick":"Mock"' in mocked.source
    sandbox = see("", {"endpoint": "desk", "caller": "sandbox.0", "source": "test"})
    assert '<option value="configured" selected>' in sandbox.source
    assert see("", {"endpoint": "desk", "caller": "tests.9"}).status == 400


def test_callers_and_descriptions_are_in_the_readers_language(see) -> None:
    for language, words in (
        ("en", ("In the morning", "Routes callers.")),
        ("zh", ("早上", "分配坐席。")),
        ("vi", ("Buổi sáng", "Phân tuyến cuộc gọi.")),
    ):
        shown = see(f"?endpoint=desk&lang={language}")
        assert all(text in shown.text for text in words)
        listed = see(f"endpoints?lang={language}").text
        contract = see(f"endpoints/desk?lang={language}").text
        assert words[1] in listed and words[1] in contract


def test_request_and_answer_are_shown_masked(see) -> None:
    shown = see("", run())
    assert re.search(r"GET http://[^ ]+/one\?phone=138\*\*\*\*0001", shown.text)
    assert '[{"desk":"gold","phone":"138****0001"},{"desk":"b"}]' in shown.source
    assert VIP not in shown.source.replace(f'value="{VIP}"', "")
    assert "Picked from 2 entries:" in shown.text
    assert "(the first one)" in shown.text
    assert re.search(r'class="hit"><code>crm</code> hit', shown.source)
    assert "backup not asked any more" in shown.text
    assert "timeout of crm, 300 ms" in shown.text
    assert "deadline, 900 ms (beyond the end of the line)" in shown.text


def test_origins_have_names_of_their_own(see) -> None:
    shown = see("", run(**{"i.n": "7"}))
    for output, origin in (("back", "input"), ("hour", "clock"), ("nick", "source")):
        row = shown.source.partition(f"<code>{output}</code>")[2].partition("</tr>")[0]
        assert re.search(rf'class="badge good">{origin}<', row), output


def test_a_withheld_number_is_not_called_a_needless_lookup(see) -> None:
    shown = see("", run(**{"i.tel": "anonymous"}))
    assert "the caller withholds the number: no source was asked" in shown.text
    assert "was not needed" not in shown.text


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("reset", "no answer came: no connection, or it broke"),
        ("500", "the source answered with an error status"),
        ("bad_json", "the answer cannot be read"),
        ("hang", "the source's own timeout was over (300 ms)"),
    ],
)
def test_each_fault_has_its_name(see, fault: str, words: str) -> None:
    shown = see("", run(fault=fault))
    assert words in shown.text
    for other in ("answered with an error status", "came before its answer"):
        assert other in words or fault == "hang" or other not in shown.text


def test_the_deadline_is_distinguished_from_the_sources_timeout(see) -> None:
    shown = see("", run(fault="hang", deadline_ms="120"))
    assert "the deadline of the data request came before its answer (120 ms)" in (
        shown.text
    )
    assert "own timeout was over" not in shown.text


def test_a_refusal_is_nowhere_green(see) -> None:
    shown = see("", {"endpoint": "desk", "action": "run"})
    assert "refused: every value is its default" in shown.text
    assert "fits the caller" not in shown.text
    assert 'class="badge warn">400<' in shown.source


def test_a_link_has_the_caller_that_was_pressed_and_no_number(see) -> None:
    form = run(base="tests.0", source="test", now="2026-10-01T17:30", action="link")
    shown = see("", {**form, "i.tel": "138****0001"})
    link = re.search(r"<textarea[^>]*>([^<]*)</textarea>", shown.source)
    assert link is not None and "138" not in link[1].partition("?")[2]
    restored = see(link[1].partition("/_console/")[2])
    assert 'name="i.tel" value="138****0001"' in restored.source
    assert '<option value="test" selected>' in restored.source
    assert 'value="2026-10-01T17:30:00"' in restored.source


def test_a_link_to_a_run_restores_it_from_the_journal(see) -> None:
    shown = see("", run(**{"i.n": "7"}))
    see.served.rows()  # written down
    kept = re.search(r'name="kept" value="([^"]+)"', shown.source)
    assert kept is not None
    form = run(action="link", kept=kept[1], **{"i.n": "7"})
    link = re.search(r"<textarea[^>]*>([^<]*)</textarea>", see("", form).source)
    assert link is not None and "base=again." in link[1] and VIP not in link[1]
    restored = see(link[1].partition("/_console/")[2])
    assert 'name="i.tel" value="138****0001"' in restored.source
    assert 'name="i.n" value="7"' in restored.source
    again = see("", {**run(), "base": "again.1", "i.tel": "138****0001"})
    assert '"nick":"Wang"' in again.source
    other = see("", {**form, "i.tel": "13800000002"})  # typed over since
    assert "base=again." not in other.source


def test_a_saved_test_keeps_its_moment_from_the_look_to_the_writing(see) -> None:
    file = see.served.folder / "endpoints/desk.yaml"
    form = run(source="mock", name="then")
    shown = see("", {**form, "action": "preview"})
    kept = dict(re.findall(r'name="(shown|asked_at)" value="([^"]*)"', shown.source))
    assert f'now: "{kept["asked_at"]}"' in shown.source
    later = {**kept, "asked_at": "2026-10-01T17:30:00+08:00"}
    assert "The test has changed" in see("", {**form, "action": "write", **later}).text
    written = see("", {**form, "action": "write", **kept})
    assert "Written to desk.yaml" in written.text
    assert kept["asked_at"] in file.read_text("utf-8")


def copied(see: Any, **fields: str) -> str:
    """The curl line of a run, as a person copies it out of the page."""
    shown = see("", run(action="curl", **fields))
    line = re.search(r"<textarea[^>]*>(.*?)</textarea>", shown.source, re.DOTALL)
    assert line is not None
    return line[1]


def in_a_shell(line: str) -> subprocess.CompletedProcess[str]:
    """The line, pasted."""
    command = line.replace("curl ", "curl --silent --show-error ", 1)
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True)


def test_a_curl_line_with_everything_in_it_runs_and_is_answered_alike(see) -> None:
    sent_form = {"i.n": "7", "source": "configured"}
    done = in_a_shell(copied(see, show_personal="1", **sent_form))
    assert done.returncode == 0, done.stderr
    answer = see("", run(show_personal="1", **sent_form))
    shown = re.search(r'<pre class="answer"[^>]*>([^<]*)<', answer.source)
    assert shown is not None and done.stdout == shown[1]


def test_a_curl_line_without_the_number_is_refused_by_the_shell(see) -> None:
    before = len(see.served.rows())
    line = copied(see)
    assert "<number>" in line and VIP not in line and "138*" not in line
    done = in_a_shell(line)
    assert done.returncode != 0 and done.stdout == ""
    assert len(see.served.rows()) == before  # nothing was sent
    filled = in_a_shell(line.replace("'<number>", f"{VIP}'"))
    assert '"nick":"Wang"' in filled.stdout


def test_the_saved_test_equals_its_preview_and_passes(see) -> None:
    file = see.served.folder / "endpoints/desk.yaml"
    before = file.read_text("utf-8")
    form = run(name="of a person", **{"i.n": "7"})
    shown = see("", {**form, "action": "preview"})
    preview = re.search(r'<pre class="yaml"[^>]*>(.*?)</pre>', shown.source, re.DOTALL)
    assert preview is not None and VIP not in preview[1] and "*" not in preview[1]
    kept = dict(re.findall(r'name="(shown|asked_at)" value="([^"]*)"', shown.source))
    assert "Written to" in see("", {**form, "action": "write", **kept}).text
    assert file.read_text("utf-8") == before + preview[1]
    results = run_tests(load(str(see.served.folder)))
    cases = [case for result in results for case in result.cases]
    assert len(cases) == 2 and all(case.passed for case in cases)

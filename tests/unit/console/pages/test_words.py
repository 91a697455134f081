"""No English is left over on a Chinese or a Vietnamese page: names and values stand in
``code``, ``pre`` and fields, and every word beside them is the reader's own."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from ivrhooks.authoring.examples import REFUSED_WHEN
from ivrhooks.config.sobot_fields import EXAMPLE
from ivrhooks.http.test_runs.test_run import FAULTS, SOURCES
from ivrhooks.languages.catalogue import CATALOGUES
from ivrhooks.server.flask_app import RECORDER, create_app
from ivrhooks.server.pages.app import ENGINE
from ivrhooks.sources.catalogue import KINDS

CONFIGS = Path(__file__).parents[4] / "configs"
TOKEN = "the-consoles-token"
VIP = "13800000001"
BROKEN = "endpoint: broken\npath: /api/broken\nformat: jsn\noutputs: {}\n"
READ = ("aria-label", "placeholder", "title", "alt", "data-said", "data-label")
QUOTED = frozenset({"code", "pre", "textarea", "time", "kbd", "script", "style"})
VOID = frozenset({"input", "link", "meta", "br", "hr", "img", "rect", "line", "path"})

NAMES = re.compile(
    r"ivrhooks|IVR(?:HOOKS_\w+)?|VIP|OMICRM|Sobot|Bangwo8|Meiqia|OpenAPI|API|JSON|HTTP"
    r"|URL|curl|Redis|TLS|YAML|CSV|FORM|GET|POST|PUT|ms|MB|KB|id|ID|pid|Web|WSGI|ASGI"
    r"|English|Tiếng Việt|Ctrl\+(?:Enter|C)|PID|UTC|SQL|DNS|TCP|JMESPath|CRM|webhook"
    r"|IT|min|Authorization|Bearer|token|IVRHOOKS_\w+|X-[\w-]+|Idempotency-Key"
    r"|\S*[/_.=@]\S*|\d+\S*"
)
"""Names, units and values that are the same in every language."""

EVERYDAY = frozenset(
    re.findall(
        "[a-z]+",
        """
        the is are was were and not with from this that which when where what has have
        had been its it of for by into than then they there their will would can cannot
        could answer request source lookup value default caller number found asked sent
        came seconds wrong missing write send failed refused
        """,
    )
)
"""English words that no text of ours in Chinese or Vietnamese has."""


class Reader(HTMLParser):
    """The words of a page that are neither names nor values."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not QUOTED & set(self.open):
            self.texts += [text or "" for name, text in attrs if name in READ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not QUOTED & set(self.open):
            self.texts.append(data)


def left_over(
    source: str, language: str, names: frozenset[str] = frozenset({"crm"})
) -> set[str]:
    """The texts of a page that have an English word in them."""
    reader = Reader()
    reader.feed(source)
    own, english = _catalogue(language), _catalogue("en") | EVERYDAY
    foreign, known = set(), _known(names)
    for text in filter(str.strip, reader.texts):
        words = _words(known.sub(" ", text))
        strange = set(words) if language == "zh" else set(words) & english
        if strange - own:
            foreign.add(f"{' '.join(text.split())}: {sorted(strange - own)}")
    return foreign


@cache
def _catalogue(language: str) -> frozenset[str]:
    """Words of the texts in a language; ``an ninh`` is none of English."""
    return frozenset({"an", *_words(" ".join(CATALOGUES[language].values()))})


@cache
def _known(names: frozenset[str]) -> re.Pattern[str]:
    """What is the same in every language."""
    named = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{named}|{NAMES.pattern})(?!\w)")


def _words(text: str) -> list[str]:
    """Words of plain Latin letters, two or more."""
    return [word.lower() for word in re.findall(r"(?<![\w])[A-Za-z]{2,}(?![\w])", text)]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The console over the shipped configuration, its customer systems out of reach."""
    home = tmp_path_factory.mktemp("words")
    shutil.copytree(CONFIGS, home / "configs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IVRHOOKS_DATA", str(home / "data"))
        patch.setenv("IVRHOOKS_CONSOLE_TOKEN", TOKEN)
        patch.setenv("IVRHOOKS_SANDBOX_URL", "http://127.0.0.1:9")
        patch.delenv("IVRHOOKS_MODE", raising=False)
        app = create_app(str(home / "configs"))
        engine = app.extensions[ENGINE]
        engine.dispatcher()
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        recorder = app.extensions[RECORDER]

        def ask(path: str, form: Any = None, token: str = TOKEN, **more: Any) -> str:
            response = app.test_client().open(
                f"/_console/{path}",
                method="GET" if form is None else "POST",
                data=form,
                headers={
                    "Accept": "text/html",
                    **({"Authorization": f"Bearer {token}"} if token else {}),
                    **more.pop("headers", {}),
                },
                environ_overrides={
                    "SERVER_NAME": "127.0.0.1",
                    "SERVER_PORT": str(server.server_port),
                },
            )
            text: str = response.get_data(as_text=True)
            response.close()
            return text

        ask.app = app  # type: ignore[attr-defined]
        ask.recorder = recorder  # type: ignore[attr-defined]
        _traffic(ask)
        yield ask
        server.shutdown()
        thread.join()
        server.server_close()
        engine.close()


def _traffic(console: Any) -> None:
    """Good, refused and unreadable data requests, to be listed."""
    client = console.app.test_client()
    form = {"content_type": "application/x-www-form-urlencoded"}
    client.post("/api/vip-routing", data=f"tel={VIP}", **form)
    client.post("/api/vip-routing", data="tel=anonymous", **form)
    client.post("/api/vip-routing", data="", **form)
    client.post("/api/vip-routing", data="{", content_type="application/json")
    parts = {"content_type": "multipart/form-data; boundary=b"}
    client.post("/api/vip-routing", data="--b\r\nContent-Disp", **parts)
    client.post("/api/vip-ruting", data=f"tel={VIP}", **form)
    client.get("/api/vip-routing")
    json_body = {"content_type": "application/json"}
    client.post(
        "/api/vendor-example-json", data='{"Custom params 1": "a"}', **json_body
    )
    client.post("/api/callback-desk", data=json.dumps({"queue": "none"}), **json_body)
    assert console.recorder.writer.flush()


def names_of(console: Any) -> frozenset[str]:
    """What the configuration and the program call their things, and its values."""
    configuration = console.recorder.configuration
    names = {"contract", "outputs", "answer", "actions", *REFUSED_WHEN, *FAULTS}
    names |= {CONFIGS.name}
    names |= {*SOURCES, *KINDS, "phone", "text", "prefix", "string", "int", "xxx"}
    names |= {"fault", "xxxx", "anonymous", *EXAMPLE, "none"}
    names |= set(configuration.sources)
    for file in (CONFIGS / "tables").iterdir():
        names |= {file.name, *re.split(r"[,\n]", file.read_text("utf-8"))}
    for plan in configuration.plans.values():
        names |= {plan.endpoint, plan.path, *plan.used_by, Path(plan.file).name}
        names |= {part.name for part in (*plan.lookups, *plan.outputs)}
        names |= {str(part.default) for part in plan.outputs}
        for part in (*plan.inputs, *plan.headers):
            names |= {part.name, part.name.replace("-", "_"), *map(str, part.enum)}
    return frozenset(filter(None, names))


def pages(console: Any) -> Iterator[tuple[str, Any]]:
    """The address of each page, and the form that is sent to it."""
    endpoints = [
        plan.endpoint for plan in console.recorder.configuration.plans.values()
    ]
    for path in (
        *("requests", "endpoints", "openapi", "outbox", "sources", "tables", "status"),
        *("try", "try?endpoint=vip-routing", "sources?source=assets", "tables/vips"),
        *("requests?status=refused", "nix", "requests/999999", "outbox/nix"),
        *("sources?source=crm", "replay"),
    ):
        yield path, None
    for name in endpoints:
        for path in (
            f"?endpoint={name}",
            f"endpoints/{name}",
            f"endpoints/{name}/sheet",
        ):
            yield path, None
    for row in console.recorder.journal.recent():
        yield f"requests/{row['id']}", None
    run = {"endpoint": "vip-routing", "i.tel": VIP, "action": "run"}
    for more in (
        {},
        {"i.tel": "anonymous"},
        {"i.tel": ""},
        {"source": "mock"},
        {"source": "sandbox"},
        {"source": "test"},
        {"deadline_ms": "soon"},
        {"now": "soon"},
        {"fault": "moon"},
        {"endpoint": "moon"},
        {"caller": "tests.0"},
        {"caller": "tests.99"},
        {"endpoint": "who-is-calling", "caller": "tests.6"},
        {"endpoint": "who-is-calling"},
        {"endpoint": "company-service", "caller": "tests.4"},
        {"action": "curl"},
        {"action": "link"},
        {"action": "preview"},
        {"action": "write", "shown": "no"},
    ):
        yield "", {**run, **more}
    for fault in ("hang", "slow", "drip", "reset", "500", "bad_json", "empty"):
        yield "", {**run, "fault": fault, "deadline_ms": "150"}
    yield "sources", {"source": "crm", "operation": "query_customer", "params": "tel=1"}
    yield "sources", {"source": "crm", "params": "nonsense"}
    yield "tables/vips", {"what": "check", "text": "a\n"}
    yield "requests", {"q": VIP}


@pytest.mark.parametrize("language", ["zh", "vi"])
def test_no_english_is_left_over_on_any_page(console: Any, language: str) -> None:
    names = names_of(console)
    places: dict[str, set[str]] = {}
    for path, form in pages(console):
        sign = "&" if "?" in path else "?"
        source = console(f"{path}{sign}lang={language}", form)
        assert "<html" in source or form is not None, path
        for text in left_over(source, language, names):
            places.setdefault(text, set()).add(f"{path} {form or ''}")
    lines = [f"{sorted(where)[0]}: {text}" for text, where in places.items()]
    assert not lines, "\n".join(sorted(lines))


@pytest.mark.parametrize("language", ["zh", "vi"])
def test_none_is_on_the_page_that_asks_to_sign_in(console: Any, language: str) -> None:
    source = console(f"?lang={language}", token="")
    assert "token" in source
    assert not left_over(source, language, names_of(console))


def test_a_word_that_is_left_in_english_is_found() -> None:
    page = "<p>未找到 <b>Not found</b> <code>not found</code></p>"
    assert left_over(page, "zh") == {"Not found: ['found', 'not']"}
    page = '<p aria-label="Which lookup">nguồn dữ liệu</p>'
    assert left_over(page, "vi") == {"Which lookup: ['which']"}

"""The asset table's page: its rows, its columns, and what choosing a row writes."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

PAGE = "/osp2016/SDK/Tables/ticketAssetTable.php"
JSON = {"Accept": "application/json"}


class Page(HTMLParser):
    """What a browser without JavaScript finds in the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.columns: list[str] = []
        self.rows: list[list[str]] = []
        self.forms: list[dict] = []
        self.ticked: list[str] = []
        self.offered: list[str] = []
        self._cell: str | None = None
        self._head = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag in ("td", "th"):
            self._cell = ""
        elif tag == "thead":
            self._head = True
        elif tag == "tbody":
            self._head = False
        elif tag == "tr" and not self._head:
            self.rows.append([])
        elif tag == "form":
            self.forms.append({**attributes, "fields": []})
        elif tag == "input":
            self._input(attributes)

    def _input(self, attributes):
        if attributes.get("type") == "checkbox":
            self.offered.append(attributes["value"])
            if "checked" not in attributes:
                return
            self.ticked.append(attributes["value"])
        self.forms[-1]["fields"].append(
            (attributes["name"], attributes.get("value") or "")
        )

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag):
        if tag == "th":
            self.columns.append(self._cell)
        elif tag == "td" and not self._head:
            self.rows[-1].append(self._cell.strip())
        if tag in ("td", "th"):
            self._cell = None


@pytest.fixture
def ask(api):
    """Asks for the page with parameters."""

    def ask(method="GET", *, auth=("agent@example.com", "pass:word"), **params):
        more = {"data": params.pop("form")} if "form" in params else {}
        headers = params.pop("headers", None)
        query = {"tableId": 5, "cPara": "price:company_price,_id:company_x", **params}
        query = {name: value for name, value in query.items() if value is not None}
        return api(method, PAGE, query_string=query, auth=auth, headers=headers, **more)

    return ask


@pytest.fixture
def rows(ask):
    """The ids of the rows that are shown, from the JSON answer."""

    def rows(**params):
        answer = ask(headers=JSON, **params)
        assert answer.status_code == 200, answer.text
        return [row["_id"] for row in answer.json["rows"]]

    return rows


EVERYTHING = ["m1", "m2", "m3", "m4"]


# -------------------------------------------------------------------- the answer


def test_the_page_is_html_and_shows_every_field_and_row(ask):
    answer = ask()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    page = Page(answer.text)
    assert page.columns == ["price", "model", "note"]
    assert [row[1] for row in page.rows] == ["X-1", "X-2", "Y-1", "Y-2"]


def test_the_page_escapes_its_data(ask):
    html = ask(filter="note:<b>", search="").text
    assert "<b>new</b>" not in html
    assert "&lt;b&gt;new&lt;/b&gt;" in html
    nasty = ask(search='"><script>alert(1)</script>', company='"><i>').text
    assert "<script>alert" not in nasty
    assert "<i>" not in nasty


def test_json_is_answered_where_it_is_accepted(ask):
    answer = ask(headers=JSON)
    assert list(answer.json) == ["tableId", "tableName", "fields", "rows"]
    assert answer.json["tableId"] == 5
    assert answer.json["tableName"] == "machines"
    assert answer.json["fields"] == ["price", "model", "note"]
    assert answer.json["rows"][0]["ownerType"] == "company"
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept in (browser, "*/*", ""):
        kind = ask(headers={"Accept": accept}).headers["Content-Type"]
        assert kind.startswith("text/html")


def test_a_table_is_found_by_id_or_name_and_the_name_wins(rows):
    assert rows(tableId=6) == ["o1"]
    assert rows(tableId=None, tableName="others") == ["o1"]
    assert rows(tableId=5, tableName="others") == ["o1"]
    assert rows(tableId=77, tableName="others") == ["o1"]


@pytest.mark.parametrize(
    "params",
    [
        {"cPara": None},
        {"cPara": ""},
        {"cPara": "price"},
        {"cPara": "price:"},
        {"cPara": "a:b,:c"},
        {"tableId": None},
        {"tableId": "", "tableName": ""},
        {"tableId": 7},
        {"tableId": "x"},
        {"tableId": 5, "tableName": "nobody"},
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_missing_or_unknown_parameters_are_a_400_of_the_vendor(ask, params, accept):
    answer = ask(headers={"Accept": accept}, **params)
    assert answer.status_code == 400
    assert answer.json["errcode"] == "100001"
    assert set(answer.json) == {"errcode", "errmsg"}


def test_the_page_needs_an_account(ask):
    assert ask(auth=None).status_code == 401
    assert ask(auth=("agent@example.com", "no")).status_code == 401
    assert ask("POST", auth=None, form={"_id": "m1"}).status_code == 401


# --------------------------------------------------------------------- the filter


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", EVERYTHING),
        (None, EVERYTHING),
        ("model:X", ["m1", "m2"]),
        ("model:x-2", ["m2"]),
        ("model:", EVERYTHING),
        ("price:0,model:Y", ["m3", "m4"]),
        ("nosuch:1", []),
        ("Y-1", ["m3"]),
        ("_id:m4", ["m4"]),
        # 1: owner and ownerType; the type alone; an owner alone shows everything
        ("ownerType:company,owner:12", ["m1"]),
        ("owner:12,ownerType:company", ["m1"]),
        ("ownerType:company", ["m1", "m2"]),
        ("ownerType:company,owner:", ["m1", "m2"]),
        ("owner:12", EVERYTHING),
        ("ownerType:,owner:12", EVERYTHING),
        # 2 and 4: the other type, plain ids, exactly
        ("ownerType:contacter,owner:12", ["m3"]),
        ("ownerType:contacter", ["m3"]),
        ("ownerType:company,owner:1", []),
        ("ownerType:company,model:2", ["m2"]),
    ],
)
def test_the_filter(rows, text, ids):
    assert rows(filter=text) == ids


@pytest.mark.parametrize(
    "form",
    ["{{company.companyId}}", "{ {company.companyId} }", "{ {company.companyId}}"],
)
def test_a_placeholder_takes_the_values_of_the_ticket_page(rows, form):
    text = f"ownerType:company,owner:{form}"
    assert rows(filter=text, company="12") == ["m1"]
    assert rows(filter=text, company="101") == ["m2"]
    assert rows(filter=text, company="not-saved-yet") == []
    assert rows(filter=text) == EVERYTHING
    assert rows(filter=text, company="") == EVERYTHING
    assert rows(filter=text, user="12") == EVERYTHING
    assert rows(filter=text, company="{{company.companyId}}") == EVERYTHING


@pytest.mark.parametrize("form", ["{{user.cId}}", "{ {user.cId} }", "{ {user.cId}}"])
def test_a_contacts_placeholder_goes_with_the_contact(rows, form):
    text = f"ownerType:contacter,owner:{form}"
    assert rows(filter=text, user="12") == ["m3"]
    assert rows(filter=text, user="13") == []
    assert rows(filter=text) == EVERYTHING


def test_an_empty_placeholder_voids_the_owner_and_leaves_the_rest(rows):
    text = "ownerType:company,owner:{{company.companyId}},model:Y"
    assert rows(filter=text) == ["m3", "m4"]


def test_the_search_box_searches_the_shown_columns(ask):
    assert [r[1] for r in Page(ask(search="x-").text).rows] == ["X-1", "X-2"]
    assert Page(ask(search="zzz").text).rows == []
    page = Page(ask(search="Y", display="price,model", filter="price:300").text)
    assert [row[:2] for row in page.rows] == [["300", "Y-1"]]
    (form,) = [
        candidate for candidate in page.forms if candidate.get("role") == "search"
    ]
    assert ("search", "Y") in form["fields"]
    assert ("cPara", "price:company_price,_id:company_x") in form["fields"]


# -------------------------------------------------------------------- the columns


def test_without_display_all_columns_are_shown_and_ticked(ask):
    page = Page(ask().text)
    assert page.columns == page.ticked == page.offered == ["price", "model", "note"]


def test_display_decides_the_first_time_and_never_again(ask):
    first = ask(display="model,nosuch").text
    page = Page(first)
    assert page.columns == page.ticked == ["model"]
    assert page.offered == ["price", "model", "note"]
    assert "250" not in first
    assert "nobody&#39;s" not in first
    later = Page(ask(display="model,price").text)
    assert later.columns == later.ticked == ["model"]


def test_an_agents_own_choice_wins_and_is_that_agents_alone(make_api):
    api = make_api(credentials=None)

    def page(agent, **params):
        query = {"tableId": 5, "cPara": "price:p", **params}
        answer = api.get(PAGE, query_string=query, auth=(agent, "x"))
        return Page(answer.text)

    shown = page("ann", display="model")
    (form,) = [
        candidate
        for candidate in shown.forms
        if ("choose_columns", "1") in candidate["fields"]
    ]
    kept = {"choose_columns": "1", "columns": ["price", "note"]}
    answer = api.http.post(form["action"], data=kept, auth=("ann", "x"))
    assert answer.status_code == 303
    followed = api.http.get(answer.headers["Location"], auth=("ann", "x"))
    assert Page(followed.text).columns == ["price", "note"]
    assert page("ann").ticked == ["price", "note"]
    assert page("ann", display="model").columns == ["price", "note"]
    assert page("bob", display="model").columns == ["model"]
    assert page("bob").columns == ["price", "model", "note"]
    api.http.post("/_sandbox/reset")
    assert page("ann").columns == ["price", "model", "note"]


def test_an_agent_may_hide_every_column(ask):
    ask("POST", form={"choose_columns": "1"})
    page = Page(ask().text)
    assert page.columns == page.ticked == []
    assert page.offered == ["price", "model", "note"]


# ------------------------------------------------------------------- choosing


def test_choosing_a_row_writes_the_mapped_fields_and_says_so(api, ask):
    page = Page(ask(company="12", filter="model:X").text)
    choices = [
        candidate for candidate in page.forms if ("_id", "m2") in candidate["fields"]
    ]
    (form,) = choices
    answer = api.http.post(
        form["action"],
        data=dict(form["fields"]),
        auth=("agent@example.com", "pass:word"),
    )
    assert answer.status_code == 200
    assert "company_price" in answer.text
    assert "Blue Whale" in answer.text
    fields = {f["key"]: f["value"] for f in api.detail(12)["custom_fields"]}
    assert fields["company_price"] == "250"
    assert fields["company_x"] == "m2"
    assert fields["phone"] == "13612345678"
    assert api.detail(12)["updateDT"] == "2026-11-21 12:05:06"
    assert api.ids("company_x:m2") == [12]
    written = answer.text.partition('role="status"')[2].partition("</section>")[0]
    assert "250" in written
    assert "m2" in written


def test_a_chosen_row_replaces_the_values_of_an_earlier_one(api, ask):
    ask("POST", company="12", form={"_id": "m1"})
    ask("POST", company="12", cPara="note:company_x", form={"_id": "m2"})
    fields = {f["key"]: f["value"] for f in api.detail(12)["custom_fields"]}
    assert fields["company_price"] == "100"
    assert fields["company_x"] == ""


def test_json_is_answered_to_a_choice_too(ask):
    answer = ask("POST", company="12", form={"_id": "m1"}, headers=JSON)
    assert answer.json["company"]["uId"] == "12"


@pytest.mark.parametrize(
    ("params", "form", "status"),
    [
        ({}, {"_id": "m1"}, 400),
        ({"user": "12"}, {"_id": "m1"}, 400),
        ({"company": "12"}, {}, 400),
        ({"company": "12"}, {"_id": "zz"}, 400),
        ({"company": "999"}, {"_id": "m1"}, 404),
        ({"company": "30"}, {"_id": "m1"}, 404),
        ({"company": "12", "cPara": ""}, {"_id": "m1"}, 400),
    ],
)
def test_a_choice_that_cannot_be_is_refused_and_writes_nothing(
    api, ask, params, form, status
):
    before = api.detail(12)
    answer = ask("POST", form=form, **params)
    assert answer.status_code == status
    assert set(answer.json) == {"errcode", "errmsg"}
    assert api.detail(12) == before


def test_without_a_company_no_row_can_be_chosen(ask):
    for params in ({}, {"user": "12"}, {"company": "999"}):
        page = Page(ask(**params).text)
        assert not [f for f in page.forms if any(n == "_id" for n, _ in f["fields"])]
        assert len(page.rows) == 4

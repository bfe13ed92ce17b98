"""Whatever is sent, the answer is clear, nothing breaks and nothing is lost."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.database.conftest import fresh
from tests.database.test_api_permissions import SAMPLES
from tests.unit.web.conftest import no_blocking
from tests.unit.web.conftest import plain_logs as plain_logs
from tests.unit.web.house import House, open_house
from tests.unit.web.stories import Inbound
from web.api import OPERATIONS
from web.api.operation import Operation

pytestmark = pytest.mark.asyncio(loop_scope="module")

NASTY = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "sql": "'; DROP TABLE cards; --",
    "lines": "a\r\nAction: Command\r\nCommand: core stop now",
    "nul": "a\x00b",
    "emoji": "☎️👩‍💼🇨🇿",
    "long": "x" * 300,
    "right to left": "\u202egnp.exe",
    "surrogate": "\ud800",
    "empty": "",
    "template": "{{7*7}} %s %n ${jndi:ldap://x}",
    "path": "../../../../etc/passwd",
}
WRONG: tuple[object, ...] = (
    None,
    1,
    -1,
    2**63,
    10**30,
    1.5,
    True,
    "text",
    [],
    {},
    [[]],
    {"a": {"b": []}},
)
BODIES = [o for o in OPERATIONS if o.takes_body]
ALL_TEXT = sorted(NASTY.values())


@pytest_asyncio.fixture(params=["sqlite", "postgresql"], scope="module", loop_scope="module")
async def shared_house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """For tests that ask much. The databases differ in what they can store."""
    folder = tmp_path_factory.mktemp("house")
    if request.param == "sqlite":
        async with open_house(folder) as opened:
            with no_blocking():
                yield opened
        return
    async with (
        fresh(request.getfixturevalue("postgres"), "template0") as url,
        open_house(folder, database_url=url) as opened,
    ):
        with no_blocking():
            yield opened


async def answer(house: House, method: str, path: str, **more: Any) -> Any:
    """The answer, which must be JSON of a promised kind and never an accident of ours."""
    response = await house.call(method, path, **more)
    text = await response.text()
    assert response.status < 500 or response.status in (501, 503), (path, more, text)
    assert "Traceback" not in text
    if response.status >= 400:
        assert response.content_type == "application/problem+json"
        problem = json.loads(text)
        assert (problem["status"], bool(problem["code"])) == (response.status, True)
        return problem
    return json.loads(text) if text else None


def path_of(operation: Operation) -> str:
    return operation.path.replace("{id}", "1").replace("{number}", "101").replace("{name}", "line1")


@pytest.mark.parametrize("operation", BODIES, ids=lambda o: o.name)
async def test_wrong_types_are_422_and_name_the_field(
    shared_house: House, operation: Operation
) -> None:
    good = SAMPLES.get(operation.body.__name__, {})
    for field, info in operation.body.model_fields.items():
        name = info.alias or field
        for wrong in ([["deep"]], {"a": {"b": [1]}}):
            if name == "fields" and isinstance(wrong, dict):
                wrong = {"a": {"b": [1]}}
            body = {**good, name: wrong}
            problem = await answer(shared_house, operation.method, path_of(operation), json=body)
            assert problem["status"] == 422
            assert any(key.split(".")[0] == name for key in problem["errors"]), (name, problem)


@pytest.mark.parametrize("operation", BODIES, ids=lambda o: o.name)
async def test_bodies_that_are_no_objects_are_refused(
    shared_house: House, operation: Operation
) -> None:
    method, path = operation.method, path_of(operation)
    headers = {"Content-Type": "application/json"}
    for data in (b"{", b"\xff\xfe", b"[" * 100_000, b'{"name": "\\ud800"}', b"nul", b"{}{}"):
        problem = await answer(shared_house, method, path, data=data, headers=headers)
        assert problem["status"] == 400, data[:20]
    for data in (b"[]", b"null", b"1", b'"text"'):
        problem = await answer(shared_house, method, path, data=data, headers=headers)
        assert problem["status"] == 422, data
    problem = await answer(
        shared_house,
        method,
        path,
        data=b"a=b",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert problem["status"] == 415


@pytest.mark.parametrize("operation", BODIES, ids=lambda o: o.name)
async def test_fields_that_do_not_exist_are_refused(
    shared_house: House, operation: Operation
) -> None:
    body = {**SAMPLES.get(operation.body.__name__, {}), "is_admin": True, "id": 7}
    problem = await answer(shared_house, operation.method, path_of(operation), json=body)
    assert problem["status"] == 422
    assert {"is_admin", "id"} <= set(problem["errors"])


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
async def test_nasty_text_in_every_query_parameter(shared_house: House, text: str) -> None:
    sent = text.encode("utf-8", "replace").decode()
    for operation in OPERATIONS:
        if operation.method != "GET" or operation.media:
            continue
        required = {
            name: "1" for name, info in operation.query.model_fields.items() if info.is_required()
        }
        for name in (*operation.query.model_fields, "unknown"):
            params = {**required, name: sent}
            found = await answer(shared_house, "GET", path_of(operation), params=params)
            if name == "unknown":
                assert found["status"] in (403, 404, 422)


@pytest.mark.parametrize(
    "forged",
    [
        *([], [None], [None, None], [None, 1], [1, None], [None, None, None]),
        *([2**63], [1, 2**63], [-(2**63) - 1, 1], [1, 1, 2**63]),
        *(["\ud800", 1], ["a\0", 1], [1.5], [True, 1], {"a": 1}, "text"),
    ],
    ids=json.dumps,
)
async def test_a_cursor_that_was_made_up(shared_house: House, forged: object) -> None:
    cursor = urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
    asked = 0
    for operation in OPERATIONS:
        if "cursor" not in operation.query.model_fields:
            continue
        orders: list[dict[str, str]] = [{"order": "name"}, {"order": "-name"}, {"q": "a"}, {}]
        for more in orders:
            if not more.keys() <= operation.query.model_fields.keys():
                continue
            params = {"cursor": cursor, **more}
            found = await answer(shared_house, "GET", path_of(operation), params=params)
            assert found["status"] in (404, 422), (operation.name, more)
            asked += 1
    assert asked > 10


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
async def test_nasty_text_in_the_name_of_a_department(shared_house: House, text: str) -> None:
    data = json.dumps({"name": text}).encode()
    headers = {"Content-Type": "application/json"}
    made = await answer(shared_house, "POST", "/departments", data=data, headers=headers)
    if text in (NASTY["empty"], NASTY["long"], NASTY["surrogate"]):
        assert made["status"] in (400, 422)
    else:
        assert not {"\r", "\n", "\x00"} & set(made["name"])


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
async def test_nasty_text_in_paths(shared_house: House, text: str) -> None:
    from urllib.parse import quote

    sent = quote(text.encode("utf-8", "replace"), safe="") or "%20"
    for path in ("/calls/", "/leads/", "/lines/", "/extensions/", "/users/"):
        assert (await answer(shared_house, "GET", path + sent))["status"] == 404


@pytest.mark.parametrize("number", ["0", "-1", "1.0", "1e3", "٣", "9" * 19, "9" * 400, "%31%00"])
async def test_ids_that_no_id_can_be(shared_house: House, number: str) -> None:
    for path in ("/calls/{}", "/calls/{}/story", "/leads/{}", "/recordings/{}/audio"):
        assert (await answer(shared_house, "GET", path.format(number)))["status"] == 404


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
@pytest.mark.parametrize("plural", ["leads", "contacts", "companies"])
async def test_nasty_text_in_a_card_comes_back_as_text(
    shared_house: House, plural: str, text: str
) -> None:
    body = {"name": text, "comment": text, "fields": {"note": text}}
    data = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    made = await answer(shared_house, "POST", f"/{plural}", data=data, headers=headers)
    if text == NASTY["surrogate"]:
        assert made["status"] == 400
        return
    if text in (NASTY["empty"], NASTY["long"]):
        assert made["status"] == 422
        assert "name" in made["errors"]
        return
    again = await answer(shared_house, "GET", f"/{plural}/{made['id']}")
    assert again["name"] == made["name"]
    assert not {"\r", "\n", "\x00"} & set(again["name"])
    if text in (NASTY["html"], NASTY["sql"], NASTY["emoji"], NASTY["template"]):
        assert again["name"] == text
    total = (await answer(shared_house, "GET", f"/{plural}"))["total"]
    assert total >= 1


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
async def test_nothing_nasty_reaches_the_telephone(shared_house: House, text: str) -> None:
    headers = {"Content-Type": "application/json"}
    before = len(shared_house.telephony.done)
    for body in (
        {"from": "101", "to": text},
        {"from": text, "to": "+420777123456"},
        {"from": "101", "to": "+420777123456", "line": text},
    ):
        data = json.dumps(body).encode()
        problem = await answer(shared_house, "POST", "/calls", data=data, headers=headers)
        assert problem["status"] in (400, 422)
    assert len(shared_house.telephony.done) == before


async def test_a_callers_name_from_the_network_is_only_text(shared_house: House) -> None:
    for index, text in enumerate(ALL_TEXT):
        story = Inbound(shared_house, f"+4207771000{index:02}", key=f"main-9{index}.1", name=text)
        await story.rings()
        call = await answer(shared_house, "GET", f"/calls/{(await story.view()).id}")
        assert call["number"] == f"+4207771000{index:02}"
        name = call["network_name"] or ""
        assert not {"\r", "\n", "\x00", "\ud800"} & set(name)
        assert len(name) <= 100


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
async def test_wrong_values_for_ids_in_bodies(shared_house: House, wrong: object) -> None:
    for path, field in (
        ("/contacts", "company_id"),
        ("/contacts", "responsible_id"),
        ("/tokens", "user_id"),
        ("/extensions", "user_id"),
    ):
        body = {**SAMPLES[next(o for o in BODIES if o.path == path).body.__name__], field: wrong}
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        found = await answer(shared_house, "POST", path, data=data, headers=headers)
        if wrong is not None and wrong != 1:
            assert found["status"] in (404, 422), (path, field)

"""Who may use which operation, for every route there is: a new one cannot be forgotten here."""

import re
from typing import Any

import pytest
from pydantic import BaseModel

from tests.unit.web.conftest import shared_house as shared_house
from tests.unit.web.house import House
from web.api import OPERATIONS
from web.api.card_bodies import NoteBody, StatusBody
from web.api.operation import Access, Operation
from web.auth import is_public
from web.errors import MACHINE_PATHS

SAMPLES: dict[str, dict[str, Any]] = {
    "SuperviseBody": {"mode": "listen"},
    "NewUserBody": {"login": "new", "name": "New"},
    "UserBody": {"name": "Changed"},
    "PresenceBody": {"presence": "away"},
    "DepartmentBody": {"name": "Support"},
    "NewExtensionBody": {"number": "199"},
    "ExtensionBody": {"name": "Desk"},
    "NewLineBody": {"name": "line9", "number": "+420222000009", "country": "CZ"},
    "LineBody": {"label": "Main"},
    "TokenBody": {"name": "script"},
    "PlaceBody": {"to": "+420777123456"},
    "TransferBody": {"to": "102"},
    "MoveBody": {"card_id": 1},
    "RecordBody": {"action": "pause"},
    "NewContactBody": {"name": "Jan"},
    "NewCompanyBody": {"name": "Firma"},
    "LeadBody": {"name": "Zájemce"},
    NoteBody.__name__: {"text": "called back"},
    StatusBody.__name__: {"name": "Waiting"},
}
pytestmark = pytest.mark.asyncio(loop_scope="module")

# In pages' addresses; all that is not named here is a number.
WORDS = {
    "{kind}": "leads",
    "{name}": "line1",
    "{step}": "cancel",
    "party/{act}": "party/mute",
    "record/{act}": "record/start",
}
# Open on purpose. Whoever adds to these lists lets the whole network in.
OPEN_PAGES = {"/sign-in", "/healthz", "/readyz", "/metrics", "/static"}
OPEN_OPERATIONS = {"get_openapi", "get_health", "get_readiness", "get_metrics"}


def request_of(operation: Operation) -> tuple[str, str, dict[str, Any]]:
    path = operation.path.replace("{id}", "1").replace("{number}", "101").replace("{name}", "line1")
    more: dict[str, Any] = {}
    if operation.takes_body:
        more["json"] = SAMPLES.get(operation.body.__name__, {})
    required = {
        name: "1" for name, field in operation.query.model_fields.items() if field.is_required()
    }
    return operation.method, path, more | {"params": required}


async def test_the_samples_are_right_bodies() -> None:
    """Otherwise 422 would hide what these tests look for."""
    for operation in OPERATIONS:
        body: type[BaseModel] = operation.body
        body.model_validate(SAMPLES.get(body.__name__, {}), strict=False)


async def test_only_the_service_itself_is_open_to_everybody() -> None:
    assert {o.name for o in OPERATIONS if o.access is Access.EVERYBODY} == OPEN_OPERATIONS


@pytest.mark.parametrize(
    "operation", [o for o in OPERATIONS if o.access is not Access.EVERYBODY], ids=lambda o: o.name
)
async def test_without_a_token_it_is_401(shared_house: House, operation: Operation) -> None:
    method, path, more = request_of(operation)
    for headers in ({}, {"Authorization": "Bearer hov_wrong"}, {"Authorization": "Basic eDp5"}):
        response = await shared_house.call(method, path, who=None, headers=headers, **more)
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert response.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "operation", [o for o in OPERATIONS if o.access is Access.ADMINISTRATOR], ids=lambda o: o.name
)
async def test_what_is_for_administrators_is_refused_to_others(
    shared_house: House, operation: Operation
) -> None:
    method, path, more = request_of(operation)
    for who in ("eva", "petr", "sup"):
        assert (await shared_house.call(method, path, who, **more)).status in (403, 404)


async def test_every_page_but_the_open_ones_asks_for_the_sign_in(shared_house: House) -> None:
    assert shared_house.client.app is not None
    for route in shared_house.client.app.router.routes():
        assert route.resource is not None
        pattern = route.resource.canonical
        if pattern.startswith("/api/") or pattern in OPEN_PAGES:
            continue
        assert not is_public(route.handler), pattern
        path = pattern
        for word, value in WORDS.items():
            path = path.replace(word, value)
        path = re.sub(r"{\w+}", "101", path)
        response = await shared_house.client.request(route.method, path, allow_redirects=False)
        place = response.headers.get("Location", "")
        if path.startswith(MACHINE_PATHS):
            assert (response.status, place) == (401, ""), pattern
            continue
        assert (response.status, place[:8]) == (303, "/sign-in"), pattern

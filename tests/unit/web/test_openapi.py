"""The description and the routes are one."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.unit.web import contract
from tests.unit.web.contract import Json
from tests.unit.web.house import House
from web.api import OPERATIONS
from web.api.operation import JSON_TYPE, PREFIX


@pytest.fixture(scope="module")
def document() -> Json:
    return contract.document()


def test_the_description_is_valid_openapi(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


async def test_it_is_served_to_everybody(house: House, document: Json) -> None:
    assert await house.ask("GET", "/openapi.json", who=None) == document


async def test_every_route_is_described_and_every_description_is_a_route(
    house: House, document: Json
) -> None:
    described = {
        (method.upper(), path) for path, entry in document["paths"].items() for method in entry
    }
    assert house.client.app is not None
    routes = {
        (route.method, route.resource.canonical)
        for route in house.client.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith(PREFIX)
    }
    assert described == {(m, p) for m, p in routes if m != "HEAD"}
    assert len(described) == len(OPERATIONS)


def test_each_operation_is_named_once_and_tells_its_problems(document: Json) -> None:
    operations = [entry for path in document["paths"].values() for entry in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    for operation in operations:
        assert operation["summary"]
        open_to_all = operation.get("security") == []
        assert ("401" in operation["responses"]) is not open_to_all
        if body := operation.get("requestBody"):
            usual = {"400", "413", "415", "422"} if JSON_TYPE in body["content"] else {"413", "422"}
            assert usual <= set(operation["responses"])


def test_parameters_of_a_path_are_described(document: Json) -> None:
    for path, entry in document["paths"].items():
        for operation in entry.values():
            described = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
            assert described == set(re.findall(r"{(\w+)}", path))


def test_a_list_describes_its_filters_and_its_shape(document: Json) -> None:
    calls = document["paths"]["/api/v1/calls"]["get"]
    names = {parameter["name"] for parameter in calls["parameters"]}
    wanted = {"state", "direction", "number", "since", "line", "employee"}
    assert wanted | {"limit", "cursor", "q", "order"} <= names
    schema = calls["responses"]["200"]["content"]["application/json"]["schema"]
    page = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    assert set(page["properties"]) == {"items", "total", "next"}


def test_a_secret_is_never_part_of_an_answer(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, value in schema.get("properties", {}).items():
            if "password" in field:
                assert value.get("writeOnly") is True, (name, field)


@pytest.mark.parametrize(
    ("status", "media", "body"),
    [
        (200, "application/json", {}),
        (200, "application/json", {"items": [], "total": "many", "next": None}),
        (200, "text/html", "<p>"),
        (418, "application/json", {"items": [], "total": 0, "next": None}),
    ],
)
def test_the_tests_notice_an_answer_that_is_not_as_described(
    status: int, media: str, body: object
) -> None:
    contract.check("GET", "/calls", 200, JSON_TYPE, {"items": [], "total": 0, "next": None})
    with pytest.raises(AssertionError):
        contract.check("GET", "/calls", status, media, body)

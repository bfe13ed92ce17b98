"""One entry of the API's route table: from it come the route, the checks and the OpenAPI page."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

import pydantic_core
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, ValidationError

from crm.app import Crm
from crm.errors import NotFound
from crm.people.permissions import Actor
from web.context import ACTOR, CONTEXT
from web.errors import HttpError, Problem, invalid

PREFIX = "/api/v1"
JSON_TYPE = "application/json"
MAX_ID = 2**63 - 1  # what both databases can hold


class Access(StrEnum):
    """Who may use an operation at all; which of its objects, the services decide."""

    EVERYBODY = "everybody"
    SIGNED_IN = "signed-in"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Body(BaseModel):
    """Base of request bodies: no conversion of types, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Query(BaseModel):
    """Base of query strings: text is converted, unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoQuery(Query):
    pass


class NoBody(Body):
    pass


Q = TypeVar("Q", bound=Query)
B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Asked(Generic[Q, B]):
    """A request after all checks of form. `sent` are the names of the body's fields given."""

    request: web.Request
    crm: Crm
    query: Q
    body: B

    @property
    def actor(self) -> Actor:
        return self.request[ACTOR]

    @property
    def id(self) -> int:
        """The `{id}` of the path. Raises NotFound for what no id can be."""
        return self.number("id")

    def number(self, name: str) -> int:
        text = self.request.match_info[name]
        if text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) <= MAX_ID:
            return int(text)
        raise NotFound(name, text)

    @property
    def sent(self) -> frozenset[str]:
        return frozenset(self.body.model_fields_set)


Answer = Callable[[Asked[Any, Any]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Operation:
    """`answer` is the type of the response's body; None: no body (204 unless `status` says).

    `raw`: the handler makes the response itself, and takes the request unparsed.
    """

    method: str
    path: str
    handler: Answer
    access: Access
    summary: str
    tag: str
    answer: Any = None
    status: int = 200
    query: type[Query] = NoQuery
    body: type[Body] = NoBody
    errors: tuple[int, ...] = ()
    media: Mapping[str, str] = field(default_factory=dict)  # media type -> description, if raw

    @property
    def takes_body(self) -> bool:
        return self.body is not NoBody

    @property
    def name(self) -> str:
        """OpenAPI's operationId."""
        return self.handler.__name__


def http_handler(operation: Operation) -> Handler:
    """The aiohttp handler of an operation."""

    async def handle(request: web.Request) -> web.StreamResponse:
        asked = Asked(
            request,
            request.app[CONTEXT].crm,
            parse_query(operation.query, request),
            await parse_body(operation.body, request),
        )
        result = await operation.handler(asked)
        if isinstance(result, web.StreamResponse):
            return result
        if operation.answer is None:
            return web.Response(status=204)
        return json_response(result, operation.status)

    handle.__name__ = operation.name
    return handle


def json_response(value: object, status: int = 200) -> web.Response:
    """`value`: dataclasses, models or plain values; times become ISO 8601 in UTC."""
    body = pydantic_core.to_json(value)
    return web.Response(body=body, status=status, content_type=JSON_TYPE)


def parse_query(model: type[Q], request: web.Request) -> Q:
    given: dict[str, str] = {}
    for name, value in request.query.items():
        if name in given:
            raise invalid({name: "is given twice"})
        given[name] = value
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise invalid(explain(error)) from error


async def parse_body(model: type[B], request: web.Request) -> B:
    """Raises 415 for another media type, 400 for what is not JSON, 422 for wrong fields."""
    if model is NoBody:
        return model()
    if request.content_type != JSON_TYPE:
        raise HttpError(Problem(415, "media_type", f"Send {JSON_TYPE}."))
    data = await request.read()
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        if any(item["type"] == "json_invalid" for item in error.errors(include_url=False)):
            detail = "The body is not valid JSON in UTF-8."
            raise HttpError(Problem(400, "bad_json", detail)) from error
        raise invalid(explain(error)) from error


def explain(error: ValidationError) -> dict[str, str]:
    """Field -> what is wrong, fields of lists as `phones.0.number`."""
    return {
        ".".join(str(part) for part in item["loc"]): item["msg"].removeprefix("Value error, ")
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    }


def register(app: web.Application, operations: tuple[Operation, ...]) -> None:
    for operation in operations:
        handler = http_handler(operation)
        app.router.add_route(
            operation.method, PREFIX + operation.path, handler, expect_handler=expect
        )


async def expect(request: web.Request) -> web.StreamResponse | None:
    """`Expect: 100-continue`: who would send too much is not asked to; the middleware says why."""
    if request.headers.get(hdrs.EXPECT, "").lower() != "100-continue":
        raise web.HTTPExpectationFailed
    if (request.content_length or 0) <= request.app[CONTEXT].settings.max_body_bytes:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    return None

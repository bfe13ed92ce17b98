"""One entry of the API's route table: from it come the route, the checks and the OpenAPI page."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar, get_args, get_type_hints

import pydantic_core
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crm.app import Crm
from crm.errors import NotFound
from crm.paging import MAX_LIMIT
from crm.people.permissions import Actor
from web.auth import public
from web.context import ACTOR, CONTEXT
from web.errors import HttpError, Problem, invalid
from web.uploads import body_limit, takes_file

PREFIX = "/api/v1"
JSON_TYPE = "application/json"
MAX_ID = 2**53 - 1  # what JSON carries exactly
Id = Annotated[int, Field(ge=1, le=MAX_ID)]


class Access(StrEnum):
    """Who may use an operation at all; which of its objects, the services decide."""

    EVERYBODY = "everybody"
    SIGNED_IN = "signed-in"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


def _without_defaults(schema: dict[str, Any]) -> None:
    """What is left out of a body stays as it is, or becomes what the service says."""
    for field_schema in schema.get("properties", {}).values():
        field_schema.pop("default", None)


class Body(BaseModel):
    """Base of request bodies: no conversion of types, no unknown fields."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, json_schema_extra=_without_defaults
    )


class Query(BaseModel):
    """Base of query strings: text is converted, unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageQuery(Query):
    """Of lists: `next` of one page is the `cursor` of the next."""

    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, max_length=500)


class NoQuery(Query):
    pass


class NoBody(Body):
    pass


Q = TypeVar("Q", bound=Query)
B = TypeVar("B", bound=Body)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked(Generic[Q, B]):
    """A request after all checks of form."""

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

    def text(self, name: str) -> str:
        return self.request.match_info[name]

    def given(self, without: str = "") -> Any:
        """The body's fields that were sent, as the services' TypedDicts want them."""
        return self.body.model_dump(exclude_unset=True, exclude={without})


Plain = Asked[NoQuery, NoBody]
Answer = Callable[[Any], Awaitable[object]]
A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Operation:
    """`answer` is the type of the response's body; None: no body, 204.

    `media` (media type -> description): the handler makes the response itself. `upload` (the same):
    the body is a file of up to `largest` bytes, which the handler reads itself.
    """

    method: str
    path: str
    handler: Answer
    access: Access
    summary: str
    tag: str
    answer: Any
    query: type[Query]
    body: type[Body]
    status: int = 200
    errors: tuple[int, ...] = ()
    media: Mapping[str, str] = field(default_factory=dict)
    upload: Mapping[str, str] = field(default_factory=dict)
    largest: int = 0
    operation_id: str = ""  # where one handler serves several paths; else its name

    @property
    def takes_body(self) -> bool:
        return self.body is not NoBody

    @property
    def name(self) -> str:
        """OpenAPI's operationId."""
        return self.operation_id or self.handler.__name__


class Table:
    """The operations of one area. Query, body and answer are read off the handler's types."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.operations: list[Operation] = []

    def add(
        self, method: str, path: str, access: Access, summary: str, **more: Any
    ) -> Callable[[A], A]:
        """Decorator. `more`: other fields of the Operation, or other types than the handler's."""

        def decorate(handler: A) -> A:
            hints = get_type_hints(handler)
            query, body = get_args(hints["asked"])
            answer = None if hints["return"] is type(None) else hints["return"]
            types = {"answer": answer, "query": query, "body": body}
            self.operations.append(
                Operation(method, path, handler, access, summary, self.tag, **(types | more))
            )
            return handler

        return decorate


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A list that fits on one page; `next` is there so that all lists look the same."""

    items: tuple[T, ...]
    total: int
    next: None = None


def listed(items: Sequence[T]) -> Listed[T]:
    return Listed(tuple(items), len(items))


def http_handler(operation: Operation) -> Handler:
    """The aiohttp handler of an operation."""

    async def handle(request: web.Request) -> web.StreamResponse:
        query = parse_query(operation.query, request)
        body = await parse_body(operation.body, request)
        crm = request.app[CONTEXT].crm
        result: object = await operation.handler(Asked(request, crm, query, body))
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
    if request.body_exists and request.content_type != JSON_TYPE:
        raise HttpError(Problem(415, "media_type", f"Send {JSON_TYPE}."))
    data = await request.read() or b"{}"
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


def register(app: web.Application, operations: Sequence[Operation]) -> None:
    for operation in operations:
        handler = http_handler(operation)
        if operation.access is Access.EVERYBODY:
            public(handler)
        if operation.upload:
            takes_file(operation.largest)(handler)
        methods = ("GET", "HEAD") if operation.method == "GET" else (operation.method,)
        for method in methods:
            path = PREFIX + operation.path
            app.router.add_route(method, path, handler, expect_handler=expect)


async def expect(request: web.Request) -> web.StreamResponse | None:
    """`Expect: 100-continue`: who would send too much is not asked to; the middleware says why."""
    if request.headers.get(hdrs.EXPECT, "").lower() != "100-continue":
        raise web.HTTPExpectationFailed
    limit = body_limit(request, request.app[CONTEXT].settings.max_body_bytes)
    if (request.content_length or 0) <= limit:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    return None

"""The OpenAPI 3.1 page, made from the route table and the models; it cannot be out of date."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter

from web.api.operation import JSON_TYPE, PREFIX, Access, NoQuery, Operation
from web.errors import PROBLEM_TYPE

_PATH_PARAMETER = re.compile(r"{(\w+)}")
_REFERENCE = "#/components/schemas/{model}"
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `errors` maps a field to what is wrong with it.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_ACCESS_TEXT = {
    Access.EVERYBODY: "Needs no token.",
    Access.SIGNED_IN: "",
    Access.SUPERVISOR: "For supervisors and administrators.",
    Access.ADMINISTRATOR: "For administrators.",
}


def document(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """The whole page as JSON values."""
    bodies, answers, schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        entry = _describe(operation, bodies, answers)
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = entry
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hovorna",
            "version": version,
            "description": "Calls, clients and recordings. `/api/v1/live` is a WebSocket of "
            'events, `{"type","at","data"}`; the first is `hello`.',
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas | {"Problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(
    operations: Sequence[Operation],
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Schemas by operation's name, of bodies and of answers, and what they refer to."""
    inputs: list[tuple[str, Any, TypeAdapter[Any]]] = [
        (o.name, "validation", TypeAdapter(o.body)) for o in operations if o.takes_body
    ]
    inputs += [
        (o.name, "serialization", TypeAdapter(o.answer))
        for o in operations
        if o.answer is not None and not o.media
    ]
    made, rest = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE)
    bodies = {name: schema for (name, mode), schema in made.items() if mode == "validation"}
    answers = {name: schema for (name, mode), schema in made.items() if mode == "serialization"}
    return bodies, answers, rest.get("$defs", {})


def _describe(
    operation: Operation, bodies: dict[str, Any], answers: dict[str, Any]
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": _responses(operation, answers),
    }
    if parameters := _parameters(operation):
        entry["parameters"] = parameters
    if text := _ACCESS_TEXT[operation.access]:
        entry["description"] = text
    if operation.access is Access.EVERYBODY:
        entry["security"] = []
    if operation.takes_body:
        content = {JSON_TYPE: {"schema": bodies[operation.name]}}
        entry["requestBody"] = {"required": True, "content": content}
    if operation.upload:
        content = {m: {"schema": {"description": text}} for m, text in operation.upload.items()}
        entry["requestBody"] = {"required": True, "content": content}
    return entry


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in _PATH_PARAMETER.findall(operation.path)
    ]
    if operation.query is NoQuery:
        return found
    schema = TypeAdapter(operation.query).json_schema(ref_template=_REFERENCE)
    definitions = schema.get("$defs", {})
    required = schema.get("required", [])
    for name, field in schema["properties"].items():
        entry = {"name": name, "in": "query", "required": name in required}
        if "description" in field:
            entry["description"] = field.pop("description")
        found.append(entry | {"schema": _inline(field, definitions)})
    return found


def _path_schema(name: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1} if name == "id" else {"type": "string"}


def _inline(schema: Any, definitions: dict[str, Any]) -> Any:
    """Parameters are small: what they refer to is written out instead of named."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inline(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return {key: _inline(value, definitions) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_inline(value, definitions) for value in schema]
    return schema


def _responses(operation: Operation, answers: dict[str, Any]) -> dict[str, Any]:
    problem = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses: dict[str, Any] = {}
    if operation.media:
        content = {
            media: {"schema": {"description": text}} for media, text in operation.media.items()
        }
        responses[str(operation.status)] = {"description": "The content.", "content": content}
    elif operation.status >= 400:
        description = HTTPStatus(operation.status).phrase
        responses[str(operation.status)] = {"description": description, "content": problem}
    elif operation.answer is None:
        responses["204"] = {"description": "Done."}
    else:
        content = {JSON_TYPE: {"schema": answers[operation.name]}}
        description = HTTPStatus(operation.status).phrase
        responses[str(operation.status)] = {"description": description, "content": content}
    for status in sorted(_problems(operation)):
        description = HTTPStatus(status).phrase
        responses[str(status)] = {"description": description, "content": problem}
    return responses


def _problems(operation: Operation) -> set[int]:
    statuses = set(operation.errors)
    if operation.access is not Access.EVERYBODY:
        statuses.add(401)
    if operation.access in (Access.SUPERVISOR, Access.ADMINISTRATOR):
        statuses.add(403)
    if "{" in operation.path:
        statuses |= {403, 404}
    if operation.query is not NoQuery or operation.takes_body:
        statuses.add(422)
    if operation.takes_body:
        statuses |= {400, 413, 415}
    if operation.upload:
        statuses |= {413, 422}
    return statuses

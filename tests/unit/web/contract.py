"""Holds answers to what the OpenAPI page promises of them."""

import json
import re
from functools import cache
from typing import Any

from openapi_schema_validator import OAS31Validator

from web.api import OPERATIONS
from web.api.operation import PREFIX
from web.api.service import describe

Json = dict[str, Any]


@cache
def document() -> Json:
    made: Json = json.loads(describe(OPERATIONS))
    return made


@cache
def _patterns() -> list[tuple[re.Pattern[str], Json]]:
    """Longer paths first, so that /me/presence is not taken for /{id}/presence."""
    found = [
        (re.compile(re.sub(r"{\w+}", "[^/]+", path) + r"\Z"), entry)
        for path, entry in document()["paths"].items()
    ]
    return sorted(found, key=lambda pair: "[" in pair[0].pattern)


@cache
def _validator(schema: str) -> OAS31Validator:
    return OAS31Validator({**json.loads(schema), "components": document()["components"]})


def check(method: str, path: str, status: int, media: str, body: Any) -> None:
    """Raises AssertionError where answer and description differ."""
    entries = [entry for pattern, entry in _patterns() if pattern.match(PREFIX + path)]
    if not entries or method.lower() not in entries[0]:
        return
    responses = entries[0][method.lower()]["responses"]
    assert str(status) in responses, f"{method} {path} is not said to answer {status}"
    content = responses[str(status)].get("content")
    if content is None:
        assert body is None
        return
    assert media in content, (media, list(content))
    faults = list(_validator(json.dumps(content[media]["schema"])).iter_errors(body))
    assert not faults, f"{method} {path}: {faults[0].message} at {faults[0].json_path}"

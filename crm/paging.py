"""Lists by cursor: the next page starts after the last row seen, whatever was added meanwhile."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Generic, TypeVar

from crm.errors import Invalid
from crm.text import has_controls

T = TypeVar("T")

MAX_LIMIT = 200
LARGEST_INTEGER = 2**63 - 1  # of both databases


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next` is the cursor of the following page, None at the end; `total` counts all pages."""

    items: tuple[T, ...]
    total: int
    next: str | None


def encode_cursor(*values: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> list[object]:
    """The values given to `encode_cursor`. Raises Invalid if they are not of these types."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise Invalid({"cursor": "is not a cursor of this list"}) from error
    if (
        not isinstance(values, list)
        or len(values) != len(types)
        or not all(type(v) is t and _storable(v) for v, t in zip(values, types, strict=True))
    ):
        raise Invalid({"cursor": "is not a cursor of this list"})
    return values


def _storable(value: object) -> bool:
    """Cursors come from outside: one that was made up must not break the database's driver."""
    if isinstance(value, int):
        return -LARGEST_INTEGER <= value <= LARGEST_INTEGER
    return isinstance(value, str) and not has_controls(value)


def check_limit(limit: int) -> int:
    """Raises Invalid outside of 1 to 200."""
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid({"limit": f"must be from 1 to {MAX_LIMIT}"})
    return limit

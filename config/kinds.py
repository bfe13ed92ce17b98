"""What the values of settings may be: checked at the start, before anything is touched."""

import ipaddress
from pathlib import Path

import phonenumbers
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DATABASES = ("sqlite", "postgresql")
_LOCALE = Path(__file__).parents[1] / "web" / "locale"


class PortRange(tuple[int, int]):
    """First and last UDP port, both included."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self[0]}-{self[1]}"


def port_range(value: object) -> object:
    if not isinstance(value, str):
        return value
    first, dash, last = value.partition("-")
    if not dash or not first.strip().isdigit() or not last.strip().isdigit():
        raise ValueError("must be FIRST-LAST, for example 20000-20999")
    low, high = int(first), int(last)
    if not (1024 <= low <= high - 3 <= 65532):
        raise ValueError("must be at least four ports between 1024 and 65535")
    return PortRange((low, high))


def lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def with_commas(value: object) -> object:
    """A list may be written as one text, which is all that the environment has."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def country(value: str) -> str:
    code = value.strip().upper()
    if not phonenumbers.country_code_for_region(code):
        raise ValueError("must be the two letters of a country, such as CZ")
    return code


def language(value: str) -> str:
    there = ["en", *sorted(path.parent.name for path in _LOCALE.glob("*/LC_MESSAGES"))]
    if value not in there:
        raise ValueError(f"must be one of {', '.join(there)}")
    return value


def networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for entry in value:
        try:
            ipaddress.ip_network(entry, strict=False)
        except ValueError as error:
            raise ValueError(
                f"{entry!r} is no address or network, such as 10.0.0.1 or 10.0.0.0/8"
            ) from error
    return value


def database_url(value: str) -> str:
    if value and _backend(value) not in DATABASES:
        raise ValueError("must be postgresql+asyncpg://... or sqlite+aiosqlite:///...")
    return value


def cel_source(value: str) -> str:
    if value and not value.startswith(("jsonl:", "csv:")) and not _backend(value):
        raise ValueError("must be jsonl:PATH, csv:PATH or a database URL")
    return value


def _backend(url: str) -> str:
    try:
        return make_url(url).get_backend_name()
    except ArgumentError:
        return ""

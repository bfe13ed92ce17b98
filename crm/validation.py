"""Checking what people and programs send: every field's fault at once, each beside its field."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm.errors import Invalid
from crm.text import clean, clean_block

_EMAIL = re.compile(r"[^@\s\x00-\x20\"<>()\[\],;:\\]+@[^@\s\x00-\x20\"<>()\[\],;:\\]+\.[^@\s.]{2,}")
COUNTRIES_PATTERN = re.compile(r"[A-Z]{2}")
LARGEST_ID = 2**53 - 1  # what JSON carries exactly


class Faults:
    """What several checks find, each of which raises Invalid, to be told at once."""

    def __init__(self, found: Mapping[str, str]) -> None:
        self.found = dict(found)

    @contextmanager
    def gather(self) -> Iterator[None]:
        """The first fault of a field is the one that is told."""
        try:
            yield
        except Invalid as error:
            self.found = {**error.fields, **self.found}

    def done(self) -> None:
        """Raises Invalid with all of them, if there are any."""
        if self.found:
            raise Invalid(self.found)


class Checker:
    """Takes fields out of `data`; `done` raises Invalid when any of them was not right."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.faults: dict[str, str] = {}
        self._taken: set[str] = set()

    def has(self, name: str) -> bool:
        self._taken.add(name)
        return name in self.data

    def fault(self, name: str, message: str) -> None:
        self.faults.setdefault(name, message)

    def text(self, name: str, limit: int, *, required: bool = False, block: bool = False) -> str:
        """One cleaned line (or a block of them) of at most `limit` characters."""
        self._taken.add(name)
        value = self.data.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.fault(name, "must be text")
            return ""
        value = clean_block(value, limit + 1) if block else clean(value, limit + 1)
        if len(value) > limit:
            self.fault(name, f"must have at most {limit} characters")
        elif required and not value:
            self.fault(name, "must not be empty")
        return value

    def optional(self, name: str, limit: int) -> str | None:
        return self.text(name, limit) or None

    def flag(self, name: str) -> bool:
        self._taken.add(name)
        value = self.data.get(name)
        if not isinstance(value, bool):
            self.fault(name, "must be true or false")
            return False
        return value

    def integer(self, name: str, low: int, high: int) -> int | None:
        self._taken.add(name)
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.fault(name, f"must be a whole number from {low} to {high}")
            return None
        return value

    def reference(self, name: str) -> int | None:
        """An id, or None."""
        return self.integer(name, 1, LARGEST_ID)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        self._taken.add(name)
        value = self.data.get(name)
        if not isinstance(value, str) or value not in choices:
            self.fault(name, f"must be one of {', '.join(choices)}")
            return choices[0]
        return value

    def items(self, name: str, most: int) -> list[Any]:
        self._taken.add(name)
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.fault(name, "must be a list")
            return []
        if len(value) > most:
            self.fault(name, f"must have at most {most} items")
            return []
        return list(value)

    def found(self) -> Faults:
        """All faults, for checks that go on; also of a field that nobody took."""
        for name in self.data:
            if name not in self._taken:
                self.fault(str(name), "is not a field of this")
        return Faults(self.faults)

    def done(self) -> None:
        """Raises Invalid with all of `found`."""
        self.found().done()


def is_email(value: str) -> bool:
    return len(value) <= 254 and value.isprintable() and _EMAIL.fullmatch(value) is not None


def is_timezone(value: str) -> bool:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

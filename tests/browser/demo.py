"""The demo without people: a page of it can be looked at, and says what it would have done."""

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime

import pytest

from crm.telephony.ports import TelephonyError
from tests.browser.conftest import Company
from web.context import CONTEXT
from web.ports import DemoPhone


class PaperDemo:
    """A demo without people: remembers who was to call. `refuse`: why nobody can."""

    sip = "127.0.0.1:5060"
    phones = (DemoPhone("101", "Eva Malá", "secret-of-101"),)

    def __init__(self, began: datetime) -> None:
        self.began = began
        self.calls: list[tuple[str | None, str]] = []
        self.played: list[str] = []
        self.told: list[tuple[int, str]] = []
        self.refuse = ""

    async def call_in(
        self, number: str | None, line: str, *, patient: bool = False, spared: bool = False
    ) -> str:
        if self.refuse:
            raise TelephonyError(self.refuse)
        self.calls.append((number, line))
        self.played.append(f"{line}{' patient' * patient}{' spared' * spared}")
        return number or "+420601222333"

    def told_of(self, user: int) -> frozenset[str]:
        return frozenset(step for who, step in self.told if who == user)

    def tell_of(self, user: int, step: str) -> None:
        self.told.append((user, step))

    async def ring_colleague(self, among: Sequence[str]) -> tuple[str, str]:
        self.played.append(f"one of {' '.join(among)}")
        return "101", "102"


@pytest.fixture
def demo(company: Company) -> Iterator[PaperDemo]:
    app = company.house.client.app
    assert app is not None
    before, paper = app[CONTEXT], PaperDemo(company.house.clock())
    # The application is frozen: only here, and back at the end.
    app._state[CONTEXT] = dataclasses.replace(before, demo=paper)
    yield paper
    app._state[CONTEXT] = before

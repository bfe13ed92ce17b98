"""A small company in a real SQLite database, and calls told in the domain's words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crm.bus import Bus, BusEvent
from crm.clients.models import Card, Phone
from crm.columns import to_micros
from crm.db import Database, open_database
from crm.migrations import migrate
from crm.people.directory import Directories
from crm.people.models import Extension, Line, LineRing, User
from crm.telephony.journal import CallJournal
from crm.telephony.models import Call
from crm.telephony.reading import call_views
from crm.telephony.rules import Rules
from crm.telephony.views import CallView
from pbx_bridge.calls import events as told
from pbx_bridge.calls.events import Direction, Joined, Outcome, Party, Side, TransferKind

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EVA, PETR = 1, 2  # users; their extensions are 101 and 102
LINE = "line1"
LINE_NUMBER = "+420222333444"


@dataclass
class Company:
    db: Database
    bus: Bus
    directories: Directories
    journal: CallJournal
    now: datetime = NOON
    published: list[BusEvent] = field(default_factory=list)

    async def contact(self, name: str, *numbers: str, kind: str = "contact", **more: Any) -> int:
        def work(session: Session) -> int:
            row = {
                "type": kind,
                "name": name,
                "name_key": name.lower(),
                "created_at": self.now,
                "updated_at": self.now,
                "active_at": self.now,
            } | more
            card: int = session.scalars(insert(Card).returning(Card.id), [row]).one()
            for number in numbers:
                session.execute(insert(Phone).values(card_id=card, number=number))
            return card

        return await self.db.write(work)

    async def cards(self) -> list[Card]:
        return await self.db.read(lambda s: list(s.scalars(select(Card).order_by(Card.id))))

    async def call(self, key: str) -> CallView:
        def work(session: Session) -> CallView:
            call_id = session.scalar(select(Call.id).where(Call.key == key))
            assert call_id is not None, f"no call {key}"
            return call_views(session, [call_id], self.directories.now)[call_id]

        return await self.db.read(work)

    def types(self) -> list[str]:
        return [event.type for event in self.published]

    def again(self) -> CallJournal:
        """A journal that remembers nothing, as after a restart."""
        self.journal = make_journal(self.db, self.bus, self.directories)
        return self.journal


def make_journal(db: Database, bus: Bus, directories: Directories) -> CallJournal:
    return CallJournal(db, lambda: NOON, bus, directories, Rules("CZ", "en"))


def _people(session: Session) -> None:
    users = [(EVA, "eva", "Eva Malá"), (PETR, "petr", "Petr Novák")]
    session.execute(
        insert(User),
        [{"id": i, "login": login, "name": name, "created_at": NOON} for i, login, name in users],
    )
    session.execute(
        insert(Extension),
        [
            {"id": i, "number": str(100 + i), "name": name, "sip_password": "x", "user_id": i}
            for i, _, name in users
        ],
    )
    line = {"id": 1, "name": LINE, "number": LINE_NUMBER, "label": "Main", "country": "CZ"}
    session.execute(insert(Line), [line])
    rings = [{"line_id": 1, "extension_id": i, "position": i} for i in (EVA, PETR)]
    session.execute(insert(LineRing), rings)


@asynccontextmanager
async def company(folder: Path) -> AsyncIterator[Company]:
    url = f"sqlite+aiosqlite:///{folder / 'company.db'}"
    await migrate(url)
    db = open_database(url)
    bus, directories = Bus(), Directories()
    try:
        await db.write(_people)
        await db.read(directories.renew)
        made = Company(db, bus, directories, make_journal(db, bus, directories))
        bus.listen(made.published.append)
        yield made
    finally:
        await db.close()


CLIENT = Party(number="777123456", line=LINE)


class Story:
    """The events of one call. Seconds count from `start`."""

    def __init__(self, key: str, start: datetime = NOON) -> None:
        self.key = key
        self.start = start

    def at(self, seconds: float) -> int:
        return to_micros(self.start + timedelta(seconds=seconds))

    def _head(self, seconds: float, key: str) -> dict[str, Any]:
        return {"call": self.key, "at": self.at(seconds), "key": key}

    def inbound(self, number: str | None = "777123456", **more: Any) -> told.CallStarted:
        fields = {
            "direction": Direction.INBOUND,
            "number": number,
            "name": None,
            "line": LINE,
            "dialled": LINE_NUMBER,
            "extension": None,
        }
        return told.CallStarted(**self._head(0, "started"), **(fields | more))

    def outbound(self, number: str, extension: str = "101") -> told.CallStarted:
        return told.CallStarted(
            **self._head(0, "started"),
            direction=Direction.OUTBOUND,
            number=number,
            name=None,
            line=LINE,
            dialled=number,
            extension=extension,
        )

    def rings(self, party: Party, seconds: float) -> told.CallRinging:
        key = f"ringing:{party.extension or party.number}"
        return told.CallRinging(**self._head(seconds, key), party=party)

    def stops(self, party: Party, seconds: float, reason: str) -> told.RingingStopped:
        key = f"ringing_stopped:{party.extension or party.number}"
        return told.RingingStopped(**self._head(seconds, key), party=party, reason=reason)

    def joins(self, party: Party, seconds: float, how: Joined) -> told.PartyJoined:
        key = f"joined:{party.extension or party.number}"
        return told.PartyJoined(**self._head(seconds, key), party=party, how=how)

    def answers(self, party: Party, seconds: float) -> told.CallAnswered:
        return told.CallAnswered(**self._head(seconds, "answered"), party=party)

    def ends(
        self, seconds: float, outcome: Outcome, side: Side = Side.CLIENT, *, assumed: bool = False
    ) -> told.CallEnded:
        return told.CallEnded(
            **self._head(seconds, "ended:assumed" if assumed else "ended"),
            outcome=outcome,
            ended_by=side,
            assumed=assumed,
        )

    def transfers(self, by: Party, to: Party, kind: TransferKind) -> told.CallTransferred:
        key = f"transferred:{by.extension}"
        return told.CallTransferred(**self._head(8, key), kind=kind, by=by, to=to)

    def refused(self, number: str, reason: str, by: str = "101") -> told.CallRefused:
        return told.CallRefused(
            **self._head(0.2, f"refused:{number}"),
            by=Party(extension=by),
            to=Party(number=number, line=LINE),
            reason=reason,
        )

    def merges(self, other: str, seconds: float) -> told.CallMerged:
        return told.CallMerged(**self._head(seconds, f"merged:{other}"), other=other)

    def records(self, channel: str, seconds: float) -> list[told.CallEvent]:
        return [
            told.RecordingStarted(**self._head(seconds, f"rec+:{channel}"), channel=channel),
            told.RecordingFinished(**self._head(seconds + 5, f"rec-:{channel}"), channel=channel),
        ]

    def answered_inbound(self, number: str = "777123456") -> list[told.CallEvent]:
        """Rings at 101 and 102, 102 answers after 4 s, the client hangs up after 30 s."""
        eva, petr = Party(extension="101"), Party(extension="102")
        client = Party(number=number, line=LINE)
        return [
            self.inbound(number),
            self.rings(eva, 1),
            self.rings(petr, 1),
            self.stops(petr, 4, "answered"),
            self.stops(eva, 4, "answered_elsewhere"),
            self.joins(client, 4, Joined.CALLED),
            self.joins(petr, 4, Joined.ANSWERED),
            self.answers(petr, 4),
            *self.records(f"{self.key}.1", 4),
            self.ends(30, Outcome.ANSWERED),
        ]

    def missed_inbound(self, number: str | None = "777123456", **more: Any) -> list[told.CallEvent]:
        eva = Party(extension="101")
        return [
            self.inbound(number, **more),
            self.rings(eva, 1),
            self.stops(eva, 20, "no_answer"),
            self.ends(20, Outcome.MISSED),
        ]

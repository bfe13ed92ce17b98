"""The sample company while it runs: what phones need to know, and simulated people on demand."""

import random
from collections.abc import Sequence
from datetime import datetime

import structlog

from config.settings import Settings
from crm.db import utc_now
from crm.telephony.ports import TelephonyError
from hovorna.demo import demo_info
from hovorna.exchange import Exchange
from hovorna.people import PeopleError, SimulatedPeople
from hovorna.sample import SampleInfo
from web.ports import DemoPhone

log = structlog.get_logger(__name__)


class DemoCompany:
    """Implements `web.ports.Demo`."""

    def __init__(
        self, settings: Settings, company: SampleInfo, exchange: Exchange, chance: random.Random
    ) -> None:
        self._settings = settings
        self._company = company
        self._exchange = exchange
        self._chance = chance
        self._people: SimulatedPeople | None = None
        self._began = utc_now()
        self._told: dict[int, set[str]] = {}

    @property
    def sip(self) -> str:
        return f"{self._settings.host}:{self._settings.sip_port}"

    @property
    def phones(self) -> Sequence[DemoPhone]:
        return [DemoPhone(it.user, it.name, it.password) for it in self._company.phones]

    async def start(self) -> None:
        """Everybody comes to their desks. Returns when the phones are registered."""
        self._people = SimulatedPeople(
            (self._settings.data / "speech").absolute(),
            watch=self._exchange.watch,
            rng=self._chance,
        )
        await self._people.start(demo_info(self._settings, self._company))
        log.info("demo.ready", phones=len(self._company.phones))

    @property
    def began(self) -> datetime:
        return self._began

    def told_of(self, user: int) -> frozenset[str]:
        return frozenset(self._told.get(user, ()))

    def tell_of(self, user: int, step: str) -> None:
        self._told.setdefault(user, set()).add(step)

    async def call_in(
        self, number: str | None, line: str, *, patient: bool = False, spared: bool = False
    ) -> str:
        calling = number or self._new_number()
        try:
            await self._at_work().call_in(calling, line, patient=patient, spared=spared)
        except PeopleError as error:
            raise TelephonyError(str(error)) from error
        return calling

    async def ring_colleague(self, among: Sequence[str]) -> tuple[str, str]:
        try:
            return await self._at_work().ring_colleague(among)
        except PeopleError as error:
            raise TelephonyError(str(error)) from error

    def _at_work(self) -> SimulatedPeople:
        if self._people is None:
            raise TelephonyError("The simulated people are still coming to work; try again")
        return self._people

    async def stop(self) -> None:
        if self._people is not None:
            await self._people.stop()

    def _new_number(self) -> str:
        """A Czech mobile number of a range that the sample's clients do not have."""
        return f"+420799{self._chance.randrange(10**6):06d}"

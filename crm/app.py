"""The business side in one object, wired in `hovorna` and in tests."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy import text

from config.settings import Settings
from crm.bus import Bus
from crm.clients.leads import LeadService
from crm.clients.lookup import LookupService
from crm.clients.notes import NoteService
from crm.clients.services import ClientService
from crm.db import Clock, Database, open_database, utc_now
from crm.errors import CrmError, PhoneUnavailable
from crm.migrations import migrate
from crm.people.directory import Directories, Directory
from crm.people.limits import LimitService
from crm.people.line_sounds import LineSoundService
from crm.people.line_states import LineStates
from crm.people.lines import LineService
from crm.people.ownership import OwnershipService
from crm.people.secrets import Entropy, Passwords, random_text
from crm.people.services import PeopleService
from crm.people.sign_in import SignInService
from crm.telephony.catalogue import RecordingCatalogue
from crm.telephony.journal import CallJournal
from crm.telephony.missed_calls import MissedService
from crm.telephony.mobiles import Mobiles
from crm.telephony.phone import PhoneService
from crm.telephony.ports import Telephony, TelephonyError
from crm.telephony.presence import Presence
from crm.telephony.recordings import RecordingService
from crm.telephony.router import CrmRouter
from crm.telephony.rules import Rules
from crm.telephony.services import CallService
from crm.telephony.steering import SteeringService
from crm.telephony.supervision import SupervisionService
from crm.telephony.timeline import TimelineService
from recordings.sounds import SoundStore

SWEEP_SECONDS = 30.0

log = structlog.get_logger(__name__)


class Crm:
    """The services share one database, bus and directory. Made by `open_crm`.

    `people`: employees, departments, audit; `sign_in`: sessions and tokens; `lines`: extensions and
    lines; `line_sounds`: what their callers hear first; `limits` of calling out; `ownership` of
    calls; `clients`: leads, contacts, companies; `leads`: conversion, statuses; `notes`; `lookup`:
    number to cards; `calls`: lists, stories, live board; `phone`: click-to-call, pickup;
    `steering`: hold, hand on, conference, record; `supervision`: listening to live calls; `missed`;
    `timeline` of a card; `recordings`: who may hear what. For the parts below: `journal` and
    `router` for the bridge, `catalogue` for the recordings; `presence` and `line_states` for who
    watches the phones.
    """

    def __init__(
        self,
        settings: Settings,
        db: Database,
        telephony: Telephony,
        clock: Clock = utc_now,
        entropy: Entropy = random_text,
        passwords: Passwords | None = None,
    ) -> None:
        self.settings = settings
        self.db = db
        self.bus = Bus()
        self.clock = clock
        self.directories = Directories()
        self._sweeping: asyncio.Task[None] | None = None
        passwords = passwords or Passwords()
        common = (db, clock, self.bus, self.directories)
        self.sign_in = SignInService(*common, passwords, entropy)
        self.people = PeopleService(*common, passwords, self.sign_in, settings.country)
        self.line_states = LineStates(clock, self.bus, self.directories)
        self.presence = Presence(clock, self.bus, self.directories)
        self.lines = LineService(*common, entropy, _reloader(telephony), self.line_states)
        self.line_sounds = LineSoundService(
            db, clock, self.lines, SoundStore(settings.announcements_dir)
        )
        self.limits = LimitService(db, clock, self.directories)
        self.ownership = OwnershipService(db, clock, self.directories)
        country = settings.country
        self.clients = ClientService(*common, country)
        self.leads = LeadService(*common, country)
        self.notes = NoteService(*common)
        self.lookup = LookupService(db, settings.database, self.directories, country)
        self.calls = CallService(*common, self.presence, country)
        steers = (db, clock, self.directories, telephony, self.calls, self.line_states, country)
        mobiles = Mobiles(db, clock, self.directories, self.line_states, self.lines.settle)
        self.phone = PhoneService(*steers, mobiles)
        self.steering = SteeringService(*steers, self.bus)
        self.supervision = SupervisionService(
            *common, telephony, self.calls, self.presence, mobiles
        )
        self.missed = MissedService(*common, country)
        self.timeline = TimelineService(db, self.directories)
        self.recordings = RecordingService(db, clock, self.directories)
        self.journal = CallJournal(*common, Rules(country, settings.language))
        self.router = CrmRouter(db, clock, self.directories, self.lookup, country, self.line_states)
        self.catalogue = RecordingCatalogue(*common)

    @property
    def directory(self) -> Directory:
        """People, extensions and lines as they are now, in memory."""
        return self.directories.now

    def now(self) -> datetime:
        return self.clock()

    async def start(self) -> None:
        """Read the directory: before it, nobody can sign in. Again: read it anew."""
        await self.db.read(self.directories.renew)
        await self.line_sounds.sweep()
        self.presence.begin(await self.calls.live())
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep(), name="sweep placed calls")

    async def ping(self) -> None:
        """Raises DatabaseUnavailable."""
        await self.db.read(lambda s: s.execute(text("SELECT 1")))

    async def _sweep(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.phone.sweep()
            except CrmError:
                log.warning("sweep_failed", exc_info=True)

    async def close(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        await self.line_sounds.close()
        await self.lookup.close()
        await self.db.close()


async def open_crm(
    settings: Settings,
    telephony: Telephony,
    clock: Clock = utc_now,
    entropy: Entropy = random_text,
    passwords: Passwords | None = None,
) -> Crm:
    """Migrate the database and start. Raises DatabaseTooNew, DatabaseUnavailable."""
    await migrate(settings.database)
    crm = Crm(settings, open_database(settings.database), telephony, clock, entropy, passwords)
    await crm.start()
    return crm


def _reloader(telephony: Telephony) -> Callable[[], Awaitable[None]]:
    async def reload() -> None:
        try:
            await telephony.reload()
        except TelephonyError as error:
            raise PhoneUnavailable(str(error)) from error

    return reload

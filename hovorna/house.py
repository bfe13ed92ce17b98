"""A running Hovorna: its parts started in order, watched, and ended in the reverse order."""

import asyncio
import contextlib
import functools
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from config.settings import Settings
from crm.app import Crm, open_crm
from crm.bus import BusEvent
from crm.db import utc_now
from crm.errors import Conflict, DatabaseTooNew, DatabaseUnavailable
from hovorna.changes import follow_changes
from hovorna.cli import CommandError
from hovorna.collector import spare_the_collector
from hovorna.exchange import Exchange
from hovorna.first import first_administrator
from hovorna.instance import listening_socket
from hovorna.sample import SampleInfo, load_sample
from hovorna.status import HouseStatus
from hovorna.telephone import Telephone
from hovorna.tls import tls_context
from pbx_bridge.calls.events import RecordingFinished
from recordings.ingest import Ingest
from recordings.places import Places
from recordings.retention import Retention
from recordings.store import RecordingStore

if TYPE_CHECKING:
    from hovorna.pages import Pages

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Roles:
    """Which parts this process has."""

    web: bool = True
    bridge: bool = True
    worker: bool = True
    sample: bool = False
    demo: bool = False


async def live(settings: Settings, roles: Roles) -> None:
    """Run until SIGTERM or Ctrl-C. Raises CommandError when it cannot start."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, ending.set)
    async with contextlib.AsyncExitStack() as stack:
        starting = asyncio.create_task(_start(settings, roles, stack))
        stopping = asyncio.create_task(ending.wait())
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
        else:
            starting.result()
            spare_the_collector()
        await stopping
        log.info("ending")


async def _start(settings: Settings, roles: Roles, stack: contextlib.AsyncExitStack) -> None:
    tls = tls_context(settings)
    # The port first: a second Hovorna must not touch anything of the first.
    socket = None
    if roles.web:
        socket = listening_socket(settings.host, settings.http_port, "HOVORNA_HTTP_PORT")
        stack.callback(socket.close)
    telephone = Telephone()
    crm = await _open_crm(settings, telephone)
    stack.push_async_callback(crm.close)
    company = await _prepare_company(crm) if roles.sample else None
    administrator = await first_administrator(crm)
    stack.callback(asyncio.create_task(follow_changes(crm)).cancel)
    store = RecordingStore(settings.recordings_dir)
    stack.push_async_callback(store.stop)
    status = HouseStatus()
    if roles.worker:
        status.ingest = await _start_recordings(settings, crm, store, stack)
    exchange = Exchange(settings, crm, telephone, status)
    async with _begun(exchange, stack) if roles.bridge else contextlib.nullcontext():
        demo = None
        if socket is not None:
            pages = (await asyncio.to_thread(_load_web))(settings, crm, store, status, exchange)
            if roles.demo and company is not None:
                demo = pages.demo(company)
            await pages.open(socket, tls, demo, stack)
            _greet(settings, administrator)
    if demo is not None:
        stack.push_async_callback(demo.stop)  # they hang up before the PBX ends
        await demo.start()


@contextlib.asynccontextmanager
async def _begun(exchange: Exchange, stack: contextlib.AsyncExitStack) -> AsyncIterator[None]:
    """The PBX starts while the web is loaded and built, and is there after that; the stack ends
    it.
    """
    starting = asyncio.create_task(exchange.start())
    try:
        yield
        await starting
    except BaseException:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await exchange.stop()
        raise
    stack.push_async_callback(exchange.stop)


def _load_web() -> "type[Pages]":
    """Half a second of imports: in a thread, while the PBX starts."""
    from hovorna.pages import Pages

    return Pages


async def _prepare_company(crm: Crm) -> SampleInfo:
    """Fill an empty database. Raises CommandError where there is something else in it."""
    try:
        return await load_sample(crm, utc_now())
    except Conflict as error:
        raise CommandError(
            f"{error}. Set HOVORNA_DATA to another directory for the sample company."
        ) from error


async def _open_crm(settings: Settings, telephone: Telephone) -> Crm:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        return await open_crm(settings, telephone)
    except (DatabaseTooNew, DatabaseUnavailable) as error:
        raise CommandError(str(error)) from error


async def _start_recordings(
    settings: Settings, crm: Crm, store: RecordingStore, stack: contextlib.AsyncExitStack
) -> Ingest:
    root = settings.recordings_dir
    places = Places(settings.spool, root, settings.recordings_reserve_mb * 1_000_000)
    ingest = Ingest(places, crm.catalogue)
    await ingest.start()
    stack.push_async_callback(ingest.stop)
    crm.bus.listen(functools.partial(_tell_finished, ingest))
    retention = Retention(store, crm.catalogue, root, settings.recordings_keep_days, utc_now)
    await retention.start()
    stack.push_async_callback(retention.stop)
    return ingest


def _tell_finished(ingest: Ingest, event: BusEvent) -> None:
    if event.type == RecordingFinished.type:
        ingest.finished(event.data["event"]["channel"])


def _greet(settings: Settings, administrator: tuple[str, str] | None) -> None:
    """On stdout: the address, and once the first administrator's password."""
    print(f"Hovorna: {settings.url}/", flush=True)
    if administrator is not None:
        login, password = administrator
        print(f"Sign in as {login} with the one-time password {password}", flush=True)

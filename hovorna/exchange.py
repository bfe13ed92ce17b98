"""The telephone side of a running Hovorna: the PBX, the routing answer and the bridge."""

import asyncio
import contextlib
from collections.abc import Coroutine
from socket import socket
from typing import TYPE_CHECKING

import structlog

from config.settings import Settings
from crm.app import Crm
from crm.telephony.ports import TelephonyError
from hovorna.bridging import make_bridge
from hovorna.cli import CommandError
from hovorna.status import HouseStatus
from hovorna.telephone import Telephone
from hovorna.watching import make_watch
from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.fetch import find_or_fetch
from pbx_bridge.asterisk.numbering import numbering_of
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.runner import AmiAccess, BundledPbx
from pbx_bridge.bridge import Bridge
from pbx_bridge.commands import Commands
from pbx_bridge.directory import PbxDirectory
from pbx_bridge.routing.place import listening
from pbx_bridge.watching.watch import Watch

if TYPE_CHECKING:
    from pbx_bridge.routing.server import RoutingServer

DRAIN_SECONDS = 0.5  # for the hangups that the PBX tells while it ends

log = structlog.get_logger(__name__)


class Exchange:
    """`start` returns when the PBX is up; bridge and watch then connect by themselves, for ever.

    `watch`: which phones and lines can be reached, once started.
    """

    def __init__(
        self, settings: Settings, crm: Crm, telephone: Telephone, status: HouseStatus
    ) -> None:
        self._settings = settings
        self._crm = crm
        self._telephone = telephone
        self._status = status
        self._paths = PbxPaths(settings.pbx_dir)
        self._routing: RoutingServer | None = None
        self._pbx: BundledPbx | None = None
        self._bridge: Bridge | None = None
        self._commands: Commands | None = None
        self.watch: Watch | None = None
        self._telling: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises CommandError when there is no PBX, or it does not start."""
        directory = await self._crm.lines.pbx_directory()
        try:
            place = await asyncio.to_thread(
                listening, self._paths.routing_port, self._settings.routing_port
            )
            answering = asyncio.create_task(self._answer_calls(place))
            try:
                access = await self._start_pbx(directory, place.getsockname()[1])
            finally:
                await answering
        except OSError as error:
            raise CommandError(f"the routing port: {error}. Set HOVORNA_ROUTING_PORT.") from error
        except PbxError as error:
            raise CommandError(str(error)) from error
        self._status.pbx_problem = ""
        cel = self._pbx.cel if self._pbx else None
        self._bridge = make_bridge(self._settings, access, self._crm, cel)
        self._bridge.set_directory(directory)
        self._status.bridge_part = self._bridge
        self._commands = commands = Commands(
            self._bridge,
            refused=TelephonyError,
            reload=self.apply,
            international=numbering_of(self._settings.country).international[0],
        )
        commands.set_directory(directory)
        self._bridge.attend(commands)
        self._telephone.connect(commands)
        self._bridge.on_supervision(self._crm.supervision.changed)
        self._bridge.on_turn(self._tell_turn)
        await self._bridge.start()
        self._keep(self._recall(self._bridge, commands))
        await self._start_watch(access, directory)
        self._crm.lines.given(directory)
        self._keep(self._crm.lines.settle())  # the pages are there already: what was changed since

    def _tell_turn(self, call: str) -> None:
        self._keep(self._crm.steering.turned(call))

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _recall(self, bridge: Bridge, commands: Commands) -> None:
        """What the last process knew of the calls that go on, and no event tells."""
        await bridge.caught_up()
        for call in bridge.active():
            if who := await commands.muted(call):
                await self._crm.steering.recall_muted(call, who)
        for known in bridge.supervisions():
            self._crm.supervision.recall_mode(known.supervisor, await commands.mode_of(known))

    async def _start_watch(self, access: AmiAccess, directory: PbxDirectory) -> None:
        if self._pbx is not None:
            access = await self._pbx.watcher_ami()
        self.watch = make_watch(self._settings, access, self._crm)
        self.watch.set_directory(directory)
        await self.watch.start()

    async def _answer_calls(self, place: socket) -> None:
        """Its library is loaded while the PBX starts; until then calls that ask wait."""
        server = await asyncio.to_thread(_load_server)
        self._routing = server(self._crm.router, self._paths, self._settings.pbx_id)
        await self._routing.start(place)

    async def _start_pbx(self, directory: PbxDirectory, routing_port: int) -> AmiAccess:
        settings = self._settings
        if settings.pbx != "bundled":
            secret = settings.ami_secret.get_secret_value()
            return AmiAccess(settings.ami_host, settings.ami_port, settings.ami_user, secret)
        installation = await asyncio.to_thread(
            find_or_fetch, settings, lambda line: log.info("pbx.fetching", step=line)
        )
        self._pbx = BundledPbx(settings, installation)
        await self._pbx.start(directory, routing_port)
        return await self._pbx.ami()

    async def apply(self) -> None:
        """Extensions, lines or groups changed. Raises TelephonyError."""
        directory = await self._crm.lines.pbx_directory()
        if self._bridge is not None:
            self._bridge.set_directory(directory)
        if self._commands is not None:
            self._commands.set_directory(directory)
        if self.watch is not None:
            self.watch.set_directory(directory)
        if self._pbx is not None:
            try:
                await self._pbx.apply(directory)
            except PbxError as error:
                raise TelephonyError(str(error)) from error

    async def stop(self) -> None:
        """End the PBX with its calls, and hear how they ended."""
        if self.watch is not None:
            await self.watch.stop()
        if self._pbx is not None:
            await self._pbx.stop()
        if self._bridge is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bridge.drained(), DRAIN_SECONDS)
            await self._bridge.stop()
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)
        if self._routing is not None:
            await self._routing.stop()


def _load_server() -> "type[RoutingServer]":
    from pbx_bridge.routing.server import RoutingServer

    return RoutingServer

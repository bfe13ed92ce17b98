"""Starts, adopts, reloads, restarts and stops the bundled PBX.

The PBX is no hostage of this process: it runs in a session of its own, and whoever comes next with
the same data directory finds it by its pid file and carries on with it, calls and all.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from config.settings import Settings
from pbx_bridge.asterisk.addresses import host_addresses
from pbx_bridge.asterisk.announcing import make_sounds
from pbx_bridge.asterisk.daemon import Daemon
from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.files import write_private
from pbx_bridge.asterisk.installation import Installation
from pbx_bridge.asterisk.lamps import forget_lamps
from pbx_bridge.asterisk.logs import rotate_if_large
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.process import PortUse, require_free
from pbx_bridge.asterisk.reload import (
    COMMANDS,
    NEED_RESTART,
    changed,
    digests,
    loaded_digests,
    remember_loaded,
)
from pbx_bridge.asterisk.render import cel_file, render, sip_address
from pbx_bridge.asterisk.secrets import load_secrets
from pbx_bridge.directory import PbxDirectory

_WATCH_SECONDS: Final = 0.5
_LOG_CHECK_SECONDS: Final = 60.0
_FIRST_BACKOFF: Final = 0.5
_LONGEST_BACKOFF: Final = 30.0
_STEADY_SECONDS: Final = 60.0  # a PBX that ran this long did not crash at start
_PORT_WAITS: Final = (0.05, 0.2, 0.5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AmiAccess:
    """How to log in to the bundled PBX's manager interface."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)


class BundledPbx:
    """One bundled PBX. `start` first; then `apply` on every change of the directory.

    `leave` ends the watching and lets the PBX run on; `stop` ends the PBX.
    """

    def __init__(self, settings: Settings, installation: Installation) -> None:
        self.installation = installation
        self.paths = PbxPaths(settings.pbx_dir)
        self.restarts = 0  # after a crash, since start
        self._settings = settings
        self._routing_port = 0
        self._directory = PbxDirectory()
        self._daemon = Daemon(installation, self.paths)
        self._watcher: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        return self._daemon.pid

    @property
    def cel(self) -> Path:
        """The CEL file: JSON lines, or CSV in the same column order where it ends in .csv."""
        return self.paths.cel / cel_file(self.installation)

    async def ami(self) -> AmiAccess:
        """Raises PbxError when the secrets cannot be read."""
        secrets = await asyncio.to_thread(load_secrets, self.paths.secrets)
        return self._access(self._settings.ami_user, secrets.ami)

    async def watcher_ami(self) -> AmiAccess:
        """Of the user who may list registered contacts, and place no call."""
        secrets = await asyncio.to_thread(load_secrets, self.paths.secrets)
        return self._access(f"{self._settings.ami_user}-watcher", secrets.watcher)

    def _access(self, user: str, secret: str) -> AmiAccess:
        return AmiAccess("127.0.0.1", self._settings.ami_port, user, secret)

    async def start(self, directory: PbxDirectory, routing_port: int) -> bool:
        """Start the PBX, or adopt the one that runs (True). Returns when it is fully booted.

        `routing_port`: of the routing server on loopback. Raises PbxError.
        """
        self._routing_port = routing_port
        self._directory = directory
        async with self._changing:
            adopted = await self._daemon.find() and await self._adopt()
            if not adopted:
                await self._launch()
        self._watcher = asyncio.create_task(self._watch(), name="pbx-watch")
        return adopted

    async def apply(self, directory: PbxDirectory) -> tuple[str, ...]:
        """Render and reload what changed; calls go on. Returns the files that were reloaded.

        Raises PbxError; the PBX then goes on with what it had.
        """
        async with self._changing:
            before, self._directory = self._directory, directory
            try:
                files = await self._render()
            except PbxError:
                self._directory = before
                raise
            return await self._load(files)

    async def command(self, line: str) -> str:
        """One console command. Raises PbxError."""
        return await self._daemon.command(line)

    async def leave(self) -> None:
        """Stop watching. The PBX and its calls go on."""
        watcher, self._watcher = self._watcher, None
        if watcher:
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher

    async def stop(self) -> None:
        """End the PBX, hanging up its calls, within 3 s."""
        await self.leave()
        async with self._changing:
            await self._daemon.end()

    # Starting.

    async def _adopt(self) -> bool:
        """False if what runs is of no use; it is ended then."""
        pid = self._daemon.pid
        files = await self._render()
        try:
            await self._daemon.wait_booted()
            await self._load(files)
            if not await self._outdated(files):
                log.info("pbx.adopted", pid=pid)
                return True
        except PbxError as error:
            log.warning("pbx.unusable", pid=pid, error=str(error))
        await self._daemon.end()
        return False

    async def _outdated(self, files: dict[str, str]) -> bool:
        """Whether it runs on fixed settings of the past, and nobody speaks through it."""
        loaded = await asyncio.to_thread(loaded_digests, self.paths.loaded)
        stale = NEED_RESTART.intersection(changed(loaded, digests(files)))
        if not stale:
            return False
        if (await self.command("core show channels count")).startswith("0 active channels"):
            return True
        log.warning("pbx.restart_needed", files=sorted(stale))
        return False

    async def _launch(self) -> None:
        files = await self._render()
        try:
            await asyncio.to_thread(self.paths.make)
            await self._require_ports()
            await asyncio.to_thread(self._write, files)
            await asyncio.to_thread(forget_lamps, self.paths.state)
            await self._daemon.start()
        except OSError as error:
            raise PbxError(f"the PBX cannot be started: {error}") from error
        try:
            await self._daemon.wait_booted()
        except BaseException:
            await asyncio.shield(self._daemon.end())
            raise
        await asyncio.to_thread(remember_loaded, self.paths.loaded, digests(files))
        log.info("pbx.started", pid=self._daemon.pid, version=self.installation.version)

    async def _require_ports(self) -> None:
        # One that was killed a moment ago may still be closing its sockets.
        for wait in _PORT_WAITS:
            try:
                await asyncio.to_thread(require_free, list(self._ports()))
            except PbxError:
                await asyncio.sleep(wait)
            else:
                return
        await asyncio.to_thread(require_free, list(self._ports()))

    def _ports(self) -> Iterator[PortUse]:
        sip = str(sip_address(self._settings.host))
        yield PortUse("sip_port", socket.SOCK_DGRAM, sip, self._settings.sip_port)
        yield PortUse("sip_port", socket.SOCK_STREAM, sip, self._settings.sip_port)
        for name in ("ami_port", "pbx_http_port"):
            port = getattr(self._settings, name)
            yield PortUse(name, socket.SOCK_STREAM, "127.0.0.1", port)

    # Changing.

    async def _render(self) -> dict[str, str]:
        secrets = await asyncio.to_thread(load_secrets, self.paths.secrets)
        return await asyncio.to_thread(
            render,
            *(self._settings, self._directory, self.installation),
            *(secrets, self.paths, self._routing_port),
            host_addresses=host_addresses(),
        )

    def _write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            write_private(self.paths.etc / name, text)
        announcements = [line.announcement for line in self._directory.lines]
        mobiles = (extension.mobile for extension in self._directory.extensions)
        announcements += [mobile.prompt for mobile in mobiles if mobile is not None]
        announcements += [extension.line_down for extension in self._directory.extensions]
        wanted = [it for it in announcements if it is not None]
        make_sounds(self.paths.sounds, wanted, self._settings.announcements_dir)

    async def _load(self, files: dict[str, str]) -> tuple[str, ...]:
        """Write the files and make the running PBX read those that it does not know."""
        try:
            await asyncio.to_thread(self._write, files)
        except OSError as error:
            raise PbxError(f"the PBX's configuration cannot be written: {error}") from error
        loaded = await asyncio.to_thread(loaded_digests, self.paths.loaded)
        now = digests(files)
        names = [name for name in changed(loaded, now) if name in COMMANDS]
        for name in names:
            await self.command(COMMANDS[name])
            loaded[name] = now[name]
            await asyncio.to_thread(remember_loaded, self.paths.loaded, loaded)
        if names:
            log.info("pbx.reloaded", files=names)
        return tuple(names)

    # Watching.

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        started = rotated = loop.time()
        backoff = _FIRST_BACKOFF
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if await self._daemon.alive():
                if loop.time() - rotated > _LOG_CHECK_SECONDS:
                    rotated = loop.time()
                    await self._rotate_logs()
                continue
            if loop.time() - started > _STEADY_SECONDS:
                backoff = _FIRST_BACKOFF
            log.error("pbx.ended", pid=self._daemon.pid, restart_in=backoff)
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, _LONGEST_BACKOFF)
            started = loop.time()
            await self._restart()

    async def _restart(self) -> None:
        async with self._changing:
            try:
                await self._launch()
            except PbxError as error:
                log.error("pbx.start_failed", error=str(error))
            except Exception:
                log.exception("pbx.start_failed")  # whatever it was, it is tried again
            else:
                self.restarts += 1

    async def _rotate_logs(self) -> None:
        try:
            if await asyncio.to_thread(rotate_if_large, self.paths.log):
                await self.command("logger rotate")
        except (PbxError, OSError) as error:
            log.warning("pbx.log_rotation_failed", error=str(error))

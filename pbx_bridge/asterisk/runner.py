"""Starts, adopts, reloads, restarts and stops the bundled PBX.

The PBX is no hostage of this process: it runs in a session of its own, and whoever comes next with
the same data directory finds it by its pid file and carries on with it, calls and all.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from config.settings import Settings
from pbx_bridge.asterisk.console import console
from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.files import write_private
from pbx_bridge.asterisk.installation import Installation
from pbx_bridge.asterisk.logs import excerpt, rotate_if_large
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.process import PortUse, our_pid, require_free, runs_on
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

_BOOT_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 2.5
_POLL_SECONDS: Final = 0.02
_WATCH_SECONDS: Final = 0.5
_LOG_CHECK_SECONDS: Final = 60.0
_FIRST_BACKOFF: Final = 0.5
_LONGEST_BACKOFF: Final = 30.0
_PORT_WAITS: Final = (0.05, 0.2, 0.5, None)
_STEADY_SECONDS: Final = 60.0  # a PBX that ran this long did not crash at start

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
        self._child: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        return self._pid

    @property
    def cel(self) -> Path:
        """The CEL file: JSON lines, or CSV in the same column order where it ends in .csv."""
        return self.paths.cel / cel_file(self.installation)

    async def ami(self) -> AmiAccess:
        """Raises PbxError when the secrets cannot be read."""
        secrets = await asyncio.to_thread(load_secrets, self.paths.secrets)
        return AmiAccess("127.0.0.1", self._settings.ami_port, self._settings.ami_user, secrets.ami)

    async def start(self, directory: PbxDirectory, routing_port: int) -> bool:
        """Start the PBX, or adopt the one that runs (True). Returns when it is fully booted.

        `routing_port`: of the routing server on loopback. Raises PbxError.
        """
        self._routing_port = routing_port
        self._directory = directory
        async with self._changing:
            adopted = await self._adopt()
            if not adopted:
                await self._launch()
        self._watcher = asyncio.create_task(self._watch(), name="pbx-watch")
        return adopted

    async def apply(self, directory: PbxDirectory) -> tuple[str, ...]:
        """Render and reload what changed; calls go on. Returns the files that were reloaded.

        Raises PbxError; the PBX then goes on with what it had.
        """
        async with self._changing:
            self._directory = directory
            return await self._synchronise()

    async def command(self, line: str) -> str:
        """One console command. Raises PbxError."""
        return await console(self.installation, self.paths, line)

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
            await self._end()

    # Starting.

    async def _adopt(self) -> bool:
        pid = await asyncio.to_thread(our_pid, self.paths.pid, self.paths.config)
        if pid is None:
            return False
        self._pid = pid
        try:
            await self._wait_booted()
            await self._synchronise()
        except PbxError as error:
            log.warning("pbx.unusable", pid=pid, error=str(error))
            await self._end()
            return False
        if await self._outdated():
            return False
        log.info("pbx.adopted", pid=pid)
        return True

    async def _outdated(self) -> bool:
        """Ends a PBX that runs on fixed settings of the past, if nobody speaks through it."""
        loaded = await asyncio.to_thread(loaded_digests, self.paths.loaded)
        stale = NEED_RESTART.intersection(changed(loaded, digests(await self._render())))
        if not stale:
            return False
        if not (await self.command("core show channels count")).startswith("0 active channels"):
            log.warning("pbx.restart_needed", files=sorted(stale))
            return False
        await self._end()
        return True

    async def _launch(self) -> None:
        await asyncio.to_thread(self.paths.make)
        files = await self._render()
        await self._require_ports()
        await asyncio.to_thread(self._write, files)
        self._child = await asyncio.to_thread(self._spawn)
        self._pid = self._child.pid
        try:
            await self._wait_booted()
        except BaseException:
            await asyncio.shield(self._end())
            raise
        await asyncio.to_thread(remember_loaded, self.paths.loaded, digests(files))
        log.info("pbx.started", pid=self._pid, version=self.installation.version)

    async def _require_ports(self) -> None:
        # One that was killed a moment ago may still be closing its sockets.
        for wait in _PORT_WAITS:
            try:
                return await asyncio.to_thread(require_free, list(self._ports()))
            except PbxError:
                if wait is None:
                    raise
                await asyncio.sleep(wait)

    def _ports(self) -> Iterator[PortUse]:
        sip = str(sip_address(self._settings.host))
        yield PortUse("sip_port", socket.SOCK_DGRAM, sip, self._settings.sip_port)
        yield PortUse("sip_port", socket.SOCK_STREAM, sip, self._settings.sip_port)
        yield PortUse("ami_port", socket.SOCK_STREAM, "127.0.0.1", self._settings.ami_port)

    def _spawn(self) -> subprocess.Popen[bytes]:
        for stale in (self.paths.pid, self.paths.socket, self.paths.loaded):
            stale.unlink(missing_ok=True)
        kept = ("PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        with (self.paths.log / "console.log").open("ab") as output:
            return subprocess.Popen(  # noqa: S603  our own path, no shell
                [*self.installation.command, "-f", "-C", str(self.paths.config)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.paths.home,
                env=environment | {"HOME": str(self.paths.home), "LANG": "C.UTF-8"},
                start_new_session=True,
                umask=0o077,
            )

    async def _wait_booted(self) -> None:
        try:
            async with asyncio.timeout(_BOOT_SECONDS):
                while not await asyncio.to_thread(self.paths.socket.exists):
                    await self._require_alive()
                    await asyncio.sleep(_POLL_SECONDS)
                while True:
                    await self._require_alive()
                    with contextlib.suppress(PbxError):
                        await self.command("core waitfullybooted")
                        return
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise PbxError(
                f"the PBX was not ready within {_BOOT_SECONDS:g} s; see {self.paths.log}"
            ) from None

    async def _require_alive(self) -> None:
        if not await asyncio.to_thread(self._alive):
            said = await asyncio.to_thread(excerpt, self.paths.log)
            raise PbxError(f"the PBX ended while starting: {said}")

    def reap(self) -> bool:
        """Whether our child process, if we have one, has ended; it is no zombie afterwards."""
        if self._child is None or self._child.poll() is None:
            return False
        self._child = None
        return True

    def _alive(self) -> bool:
        if self.reap():
            return False
        # A child of ours needs no proof, and has no command line yet while it is being started.
        return self._child is not None or (
            self._pid is not None and runs_on(self._pid, self.paths.config)
        )

    # Changing.

    async def _render(self) -> dict[str, str]:
        secrets = await asyncio.to_thread(load_secrets, self.paths.secrets)
        return await asyncio.to_thread(
            render,
            *(self._settings, self._directory, self.installation),
            *(secrets, self.paths, self._routing_port),
        )

    def _write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            write_private(self.paths.etc / name, text)

    async def _synchronise(self) -> tuple[str, ...]:
        files = await self._render()
        await asyncio.to_thread(self._write, files)
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
            if await asyncio.to_thread(self._alive):
                if loop.time() - rotated > _LOG_CHECK_SECONDS:
                    rotated = loop.time()
                    await self._rotate_logs()
                continue
            if loop.time() - started > _STEADY_SECONDS:
                backoff = _FIRST_BACKOFF
            log.error("pbx.ended", pid=self._pid, restart_in=backoff)
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, _LONGEST_BACKOFF)
            started = loop.time()
            await self._restart()

    async def _restart(self) -> None:
        async with self._changing:
            try:
                await self._launch()
            except (PbxError, OSError) as error:
                self._pid = None
                log.error("pbx.start_failed", error=str(error))
            else:
                self.restarts += 1

    async def _rotate_logs(self) -> None:
        try:
            if await asyncio.to_thread(rotate_if_large, self.paths.log):
                await self.command("logger rotate")
        except (PbxError, OSError) as error:
            log.warning("pbx.log_rotation_failed", error=str(error))

    # Ending.

    async def _end(self) -> None:
        pid = self._pid
        if pid is not None and await asyncio.to_thread(self._alive):
            # SIGTERM hangs up every call first, so that phones and CEL learn of it.
            for sign in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, sign)
                if await self._gone_within(_STOP_SECONDS):
                    break
        self._pid = None
        await asyncio.to_thread(self.paths.loaded.unlink, missing_ok=True)

    async def _gone_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while await asyncio.to_thread(self._alive):  # noqa: ASYNC110  not our own event
                    await asyncio.sleep(_POLL_SECONDS)
                return True
        return False

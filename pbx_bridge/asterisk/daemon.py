"""The Asterisk process of one data directory: started detached, found again, ended by pid."""

import asyncio
import contextlib
import os
import signal
import subprocess
from typing import Final

from pbx_bridge.asterisk.console import console
from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.installation import Installation
from pbx_bridge.asterisk.logs import excerpt
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.process import our_pid, runs_on

_BOOT_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 2.5
_POLL_SECONDS: Final = 0.02
_KEPT_ENVIRONMENT: Final = ("PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH")


class Daemon:
    """`pid` is None while nothing runs that we know of."""

    def __init__(self, installation: Installation, paths: PbxPaths) -> None:
        self.installation = installation
        self.pid: int | None = None
        self._paths = paths
        self._child: subprocess.Popen[bytes] | None = None

    async def find(self) -> bool:
        """Whether one runs already, left by whoever used this data directory before."""
        self.pid = await asyncio.to_thread(our_pid, self._paths.pid, self._paths.config)
        return self.pid is not None

    async def start(self) -> None:
        """Start it in a session of its own; see `wait_booted`. Raises OSError."""
        self._child = await asyncio.to_thread(self._spawn)
        self.pid = self._child.pid

    async def alive(self) -> bool:
        return await asyncio.to_thread(self._alive)

    async def command(self, line: str) -> str:
        """One console command. Raises PbxError."""
        return await console(self.installation, self._paths, line)

    async def wait_booted(self) -> None:
        """Returns when all modules are loaded. Raises PbxError, with what the PBX said."""
        try:
            async with asyncio.timeout(_BOOT_SECONDS):
                while not await self._says_booted():
                    if not await self.alive():
                        said = await asyncio.to_thread(excerpt, self._paths.log)
                        raise PbxError(f"the PBX ended while starting: {said}")
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise PbxError(
                f"the PBX was not ready within {_BOOT_SECONDS:g} s; see {self._paths.log}"
            ) from None

    async def end(self) -> None:
        """End it within 3 s. SIGTERM hangs up every call first: phones and CEL learn of it."""
        pid = self.pid
        if pid is not None and await self.alive():
            for sign in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, sign)
                if await self._gone():
                    break
        self.pid = None

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
            self.pid is not None and runs_on(self.pid, self._paths.config)
        )

    async def _says_booted(self) -> bool:
        if not await asyncio.to_thread(self._paths.socket.exists):
            return False
        with contextlib.suppress(PbxError):
            # The console says nothing, and no error, when the PBX ends meanwhile.
            return "fully booted" in await self.command("core waitfullybooted")
        return False

    async def _gone(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                while await self.alive():  # noqa: ASYNC110  another process's doing
                    await asyncio.sleep(_POLL_SECONDS)
                return True
        return False

    def _spawn(self) -> subprocess.Popen[bytes]:
        paths = self._paths
        for stale in (paths.pid, paths.socket, paths.loaded):
            stale.unlink(missing_ok=True)
        environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        with (paths.log / "console.log").open("ab") as output:
            return subprocess.Popen(  # noqa: S603  our own path, no shell
                [*self.installation.command, "-f", "-C", str(paths.config)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=paths.home,
                env=environment | {"HOME": str(paths.home), "LANG": "C.UTF-8"},
                start_new_session=True,
                umask=0o077,
            )

"""Drives a headless phone from asyncio: commands go in, events are awaited with a time limit.

    async with PhoneProcess() as phones:
        eva = await phones.register("101", password, "127.0.0.1", 5060)
        call = await eva.dial("102")
        await call.confirmed()

pjsua2 as published holds four calls in a process: `PhonePool` spreads accounts over several
processes. No pjsua2 is imported here.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from pbx_bridge.sip.events import PhoneEvent, from_line
from pbx_bridge.sip.handles import Phone, PhoneCall, PhoneError

_START_SECONDS = 20.0
_END_SECONDS = 3.0
_COMMAND_SECONDS = 10.0
_KEPT = 20_000  # events remembered for those who ask later
_STDERR_TAIL = 2000


__all__ = ["Phone", "PhoneCall", "PhoneError", "PhonePool", "PhoneProcess", "RegistrationFailed"]


class RegistrationFailed(PhoneError):
    """The registrar's answer: a SIP code and its reason; 408 or 503 also when it did not answer."""

    def __init__(self, account: str, code: int, reason: str) -> None:
        super().__init__(f"{account}: {code} {reason}")
        self.code = code
        self.reason = reason


class PhoneProcess:
    """Up to eight SIP accounts in one child process. `log` gets pjsip's own log."""

    def __init__(
        self, *, bind: str = "127.0.0.1", codecs: str = "PCMA,PCMU", log: Path | None = None
    ) -> None:
        self._arguments = ["--bind", bind, "--codecs", codecs]
        if log is not None:
            self._arguments += ["--log", str(log)]
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._happened = asyncio.Condition()
        self._ref = 0
        self._ended = False
        self._stderr = ""
        self.events: list[PhoneEvent] = []
        self._forgotten = 0  # events dropped from the front of `events`

    async def __aenter__(self) -> "PhoneProcess":
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    @property
    def running(self) -> bool:
        return self._process is not None and not self._ended

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        self._ended = False
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "pbx_bridge.sip", *self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": _import_path()},
            start_new_session=True,  # Ctrl-C is for us; the phone is told by `stop`
        )
        self._tasks = [
            asyncio.create_task(self._read_events(self._process)),
            asyncio.create_task(self._read_stderr(self._process)),
        ]
        await self.wait("ready", seconds=_START_SECONDS, since=self.mark())

    async def stop(self) -> None:
        """Hangs up, unregisters and ends the process; kills it if it does not listen."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
        await asyncio.gather(*self._tasks)
        self._process = None

    async def tell(self, do: str, /, **fields: Any) -> PhoneEvent:
        """Sends a command and returns its `done` event. Raises PhoneError with its `error`.

        Fields that are None are left out.
        """
        if self._process is None or self._process.stdin is None or self._ended:
            raise PhoneError(f"the phone is not running{self._why()}")
        self._ref += 1
        ref = self._ref
        command = {"do": do, "ref": ref} | {k: v for k, v in fields.items() if v is not None}
        since = self.mark()
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            await self._process.stdin.drain()
        answer = await self._until(
            lambda it: it.name in ("done", "error") and it.get("ref") == ref,
            f"an answer to {do}",
            _COMMAND_SECONDS,
            since,
        )
        if answer.name == "error":
            raise PhoneError(f"{do}: {answer['message']}")
        return answer

    def position_of(self, event: PhoneEvent) -> int:
        """Where in the events that one lies, on the scale of `mark`."""
        return self._forgotten + next(i for i, it in enumerate(self.events) if it is event)

    def mark(self) -> int:
        """A point in the events, for `since`: only what happens after it counts."""
        return self._forgotten + len(self.events)

    async def wait(
        self,
        name: str,
        *,
        seconds: float = 10.0,
        since: int = 0,
        account: str | None = None,
        call: str | None = None,
        **data: Any,
    ) -> PhoneEvent:
        """The first event of that name, account, call and data since `since`; it may be past.

        Raises PhoneError after `seconds`, or when the process has ended.
        """

        def wanted(it: PhoneEvent) -> bool:
            return (
                it.name == name
                and account in (None, it.account)
                and call in (None, it.call)
                and all(it.get(key) == value for key, value in data.items())
            )

        what = " ".join(str(it) for it in (name, account, call, data or None) if it is not None)
        return await self._until(wanted, what, seconds, since)

    async def follow(self, since: int | None = None) -> AsyncIterator[PhoneEvent]:
        """All events from `since` (default: now) until the process ends."""
        position = self.mark() if since is None else since
        while True:
            async with self._happened:
                while position >= self.mark() and not self._ended:
                    await self._happened.wait()
                fresh = self.events[max(0, position - self._forgotten) :]
                position = self.mark()
            for event in fresh:
                yield event
            if self._ended:
                return

    async def register(
        self,
        user: str,
        password: str,
        host: str,
        port: int,
        *,
        account: str | None = None,
        seconds: float = 10.0,
        **behaviour: Any,
    ) -> "Phone":
        """Registers an account; `behaviour` as in `commands.Behaviour`.

        Raises RegistrationFailed, PhoneError.
        """
        since = self.mark()
        await self.tell(
            "register",
            user=user,
            password=password,
            host=host,
            port=port,
            account=account,
            behaviour=behaviour,
        )
        phone = Phone(self, account or user)
        answer = await self._until(
            lambda it: (
                it.account == phone.account and it.name in ("registered", "registration_failed")
            ),
            f"registration of {phone.account}",
            seconds,
            since,
        )
        if answer.name == "registration_failed":
            raise RegistrationFailed(phone.account, answer["code"], answer["reason"])
        return phone

    async def _until(
        self, wanted: Callable[[PhoneEvent], bool], what: str, seconds: float, since: int
    ) -> PhoneEvent:
        position = since
        try:
            async with asyncio.timeout(seconds), self._happened:
                while True:
                    for event in self.events[max(0, position - self._forgotten) :]:
                        if wanted(event):
                            return event
                    position = self.mark()
                    if self._ended:
                        raise PhoneError(f"the phone ended while waiting for {what}{self._why()}")
                    await self._happened.wait()
        except TimeoutError:
            raise PhoneError(f"no {what} within {seconds:g} s{self._why()}") from None

    async def _read_events(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            with contextlib.suppress(ValueError):
                event = from_line(line.decode("utf-8", "replace"))
                async with self._happened:
                    self._keep(event)
                    self._happened.notify_all()
        async with self._happened:
            self._ended = True
            self._happened.notify_all()

    def _keep(self, event: PhoneEvent) -> None:
        self.events.append(event)
        if len(self.events) > _KEPT:
            gone = _KEPT // 2
            del self.events[:gone]
            self._forgotten += gone

    async def _read_stderr(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while chunk := await process.stderr.read(4096):
            self._stderr = (self._stderr + chunk.decode("utf-8", "replace"))[-_STDERR_TAIL:]

    def _why(self) -> str:
        return f"; it said: {self._stderr.strip()}" if self._stderr.strip() else ""


class PhonePool:
    """Phones over as many processes as they need: `share` accounts in each, four calls in all."""

    def __init__(self, *, share: int = 2, log_dir: Path | None = None, **options: Any) -> None:
        self._share = share
        self._log_dir = log_dir
        self._options = options
        self._room: list[tuple[PhoneProcess, int]] = []  # process, accounts in it

    async def __aenter__(self) -> "PhonePool":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    @property
    def processes(self) -> list[PhoneProcess]:
        return [process for process, _ in self._room]

    async def register(
        self, user: str, password: str, host: str, port: int, **options: Any
    ) -> "Phone":
        """As `PhoneProcess.register`, in the last process or a new one."""
        if not self._room or self._room[-1][1] >= self._share:
            log = self._log_dir / f"phones-{len(self._room)}.log" if self._log_dir else None
            process = PhoneProcess(log=log, **self._options)
            await process.start()
            self._room.append((process, 0))
        process, held = self._room[-1]
        self._room[-1] = (process, held + 1)
        return await process.register(user, password, host, port, **options)

    async def stop(self) -> None:
        await asyncio.gather(*(process.stop() for process in self.processes))
        self._room.clear()


def _import_path() -> str:
    """Where this package was imported from, for the child."""
    root = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))

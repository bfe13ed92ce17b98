"""The phone as a program: commands on stdin, events on stdout, one thread, no blocking.

It ends when stdin closes, on `quit`, SIGTERM or SIGINT: hangs up, unregisters, then exits.
"""

import argparse
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pbx_bridge.sip.commands import Command, CommandError
from pbx_bridge.sip.engine import CODECS, Engine, EngineOptions
from pbx_bridge.sip.events import PhoneEvent
from pbx_bridge.sip.parsing import parse_command, ref_of
from pbx_bridge.sip.phone import Phone

_TURN_MS = 20  # a command waits at most so long for its turn
_FAREWELL_SECONDS = 1.0
_MAX_LINE = 65536


class Lines:
    """Whole lines of a file descriptor, without ever waiting for one."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._rest = b""
        self.closed = False

    def read(self) -> list[str]:
        while not self.closed and select.select([self._fd], [], [], 0)[0]:
            chunk = os.read(self._fd, _MAX_LINE)
            self.closed = not chunk
            self._rest += chunk
            if len(self._rest) > _MAX_LINE:
                break
        *lines, self._rest = self._rest.split(b"\n")
        if self.closed or len(self._rest) > _MAX_LINE:
            lines, self._rest = [*lines, self._rest], b""
        return [text for line in lines if (text := line.decode("utf-8", "replace").strip())]


def serve(options: EngineOptions, first: Sequence[Command] = (), stdin: int = 0) -> int:
    """Runs the phone until it is told to end; `first` are commands to start with."""
    asked_to_stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, frame: asked_to_stop.append(received))
    write = _events_alone_on_stdout()
    engine = Engine(options)
    phone = Phone(engine, write)
    lines = Lines(stdin)
    phone.emit("ready")
    for command in first:
        _obey(phone, command)
    while not (phone.leaving or asked_to_stop or lines.closed):
        engine.turn(_TURN_MS)
        phone.tick()
        for line in lines.read():
            _read(phone, line)
    _say_goodbye(phone)
    return 0


def _read(phone: Phone, line: str) -> None:
    try:
        command = parse_command(line)
    except CommandError as error:
        phone.emit("error", ref=ref_of(line), message=str(error))
    else:
        _obey(phone, command)


def _obey(phone: Phone, command: Command) -> None:
    try:
        result = phone.execute(command)
    except CommandError as error:
        phone.emit("error", ref=command.ref, message=str(error))
        return
    if command.ref is not None:
        call = result.pop("call", None)
        phone.emit("done", call=call, ref=command.ref, **result)


def _say_goodbye(phone: Phone) -> None:
    """Hangs up and unregisters; gives the far side some time to take note."""
    until = time.monotonic() + _FAREWELL_SECONDS
    for call in list(phone.calls.values()):
        call.end()
    while phone.calls and time.monotonic() < until:
        phone.engine.turn(_TURN_MS)
    for account in phone.accounts.values():
        account.leave()
    while any(it.registered for it in phone.accounts.values()) and time.monotonic() < until:
        phone.engine.turn(_TURN_MS)
    for account in phone.accounts.values():
        account.close()
    phone.calls.clear()
    phone.timers.clear()
    phone.engine.close()


def _events_alone_on_stdout() -> Callable[[PhoneEvent], None]:
    """pjsip writes to stdout before it can be told not to: what it writes there is dropped."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)

    def write(event: PhoneEvent) -> None:
        try:
            out.write(event.to_line() + "\n")
        except BrokenPipeError:
            os.kill(os.getpid(), signal.SIGTERM)

    return write


def add_engine_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bind", default="", metavar="ADDRESS", help="local address; empty: any")
    parser.add_argument(
        "--codecs", default=",".join(CODECS), help="in order of preference (default: %(default)s)"
    )
    parser.add_argument("--log", type=Path, help="write pjsip's own log, with SIP messages, here")


def engine_options(args: argparse.Namespace) -> EngineOptions:
    codecs = tuple(name.strip() for name in args.codecs.split(",") if name.strip())
    return EngineOptions(bind=args.bind, codecs=codecs, log=args.log)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="pbx_bridge.sip", description=__doc__)
    add_engine_arguments(parser)
    return serve(engine_options(parser.parse_args(argv)))

"""The headless phone: accounts and calls, told by commands, reporting by events."""

import time
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import pjsua2 as pj

from pbx_bridge.sip import commands as do
from pbx_bridge.sip.account import PhoneAccount
from pbx_bridge.sip.call import PhoneCall
from pbx_bridge.sip.commands import CommandError
from pbx_bridge.sip.engine import MAX_ACCOUNTS, MAX_CALLS, Engine
from pbx_bridge.sip.events import PhoneEvent
from pbx_bridge.sip.message import address, asserted
from pbx_bridge.sip.timers import Timers

T = TypeVar("T")
_GRACE = 1.0  # seconds that a finished audio source outlives its last callback


class Phone:
    """`execute` raises CommandError; all else goes to `report`. One thread only."""

    def __init__(
        self,
        engine: Engine,
        report: Callable[[PhoneEvent], None],
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engine = engine
        self.timers = Timers(monotonic)
        self.accounts: dict[str, PhoneAccount] = {}
        self.calls: dict[str, PhoneCall] = {}
        self.leaving = False
        self._report = report
        self._clock = clock
        self._numbered = 0

    # For accounts and calls.

    def emit(
        self, event: str, /, account: str | None = None, call: str | None = None, **data: Any
    ) -> None:
        self._report(PhoneEvent(event, self._clock(), account, call, data))

    def fault(self, fault: BaseException, account: str | None, call: str | None) -> None:
        self.emit("error", account, call, message=f"{type(fault).__name__}: {_words(fault)}")

    def new_key(self) -> str:
        self._numbered += 1
        key = f"c{self._numbered}"
        return key if key not in self.calls else self.new_key()

    def keep(self, call: PhoneCall) -> None:
        self.calls[call.key] = call

    def forget(self, call: PhoneCall) -> None:
        self.calls.pop(call.key, None)

    def bury(self, thing: object) -> None:
        """Holds on to a pjsua2 object until nothing that it has queued can call it any more."""
        self.timers.after(_GRACE, lambda: _let_go(thing))

    def calls_of(self, account: PhoneAccount) -> int:
        return sum(call.account is account for call in self.calls.values())

    def tick(self) -> None:
        """Does what is due. What fails is reported: it was for one call, the others go on."""
        try:
            self.timers.run_due()
        except (pj.Error, CommandError) as fault:
            self.fault(fault, None, None)

    # Commands.

    def execute(self, command: do.Command) -> dict[str, Any]:
        """What the `done` event shall carry. Raises CommandError."""
        try:
            return self._HANDLERS[type(command)](self, command) or {}
        except pj.Error as error:
            raise CommandError(_words(error)) from None

    def _register(self, command: do.Register) -> dict[str, Any]:
        known = self.accounts.get(command.key)
        if known is not None and known.is_for(command):
            known.behaviour = command.behaviour
            known.setRegistration(True)
            return {"port": known.local_port}
        if known is not None:
            self.accounts.pop(command.key).close()
        if len(self.accounts) >= MAX_ACCOUNTS:
            raise CommandError(f"at most {MAX_ACCOUNTS} accounts in one process")
        account = self.accounts[command.key] = PhoneAccount(self, command)
        return {"port": account.local_port}

    def _unregister(self, command: do.Unregister) -> None:
        self._account(command.account).leave()

    def _behave(self, command: do.Behave) -> None:
        self._account(command.account).behaviour = command.behaviour

    def _dial(self, command: do.Dial) -> dict[str, Any]:
        account = self._account(command.account)
        key = command.call or self.new_key()
        if key in self.calls:
            raise CommandError(f"there is a call {key!r} already")
        if len(self.calls) >= MAX_CALLS:
            raise CommandError(f"at most {MAX_CALLS} calls in one process")
        call = PhoneCall(account, key, command.behaviour or account.behaviour)
        told = asserted(command.caller, command.caller_name, account.host, command.withheld)
        self.keep(call)
        self.emit("calling", account.key, key, to=command.to)
        try:
            call.dial(address(command.to, account.host, account.port), told | command.headers)
        except pj.Error:
            self.forget(call)
            raise
        return {"call": key}

    def _reject(self, command: do.Reject) -> None:
        self._call(command.call).end(command.code)

    def _hangup_all(self, command: do.HangupAll) -> None:
        for call in list(self.calls.values()):
            call.end()

    def _digits(self, command: do.Digits) -> None:
        self._call(command.call).send_digits(command.digits, command.method)

    def _transfer(self, command: do.Transfer) -> None:
        self._call(command.call).transfer(command.to)

    def _transfer_to(self, command: do.TransferTo) -> None:
        self._call(command.call).transfer_to(self._call(command.other))

    def _merge(self, command: do.Merge) -> None:
        members = [self._call(key) for key in command.calls] or list(self.calls.values())
        if len(members) < 2:
            raise CommandError("a conference takes at least two calls")
        for call in members:
            if call.media == "held":
                call.resume()
        for index, call in enumerate(members):
            for other in members[index + 1 :]:
                call.audio.merge(other.audio)

    def _play(self, command: do.Play) -> None:
        call = self._call(command.call)
        ended = (lambda: None) if command.loop else (lambda: call.emit("played", file=command.file))
        call.audio.play(command.file, loop=command.loop, ended=ended)

    def _tone(self, command: do.Tone) -> None:
        self._call(command.call).audio.tone(command.hz)

    def _record(self, command: do.Record) -> None:
        self._call(command.call).audio.record(command.file)

    def _stats(self, command: do.Stats) -> None:
        call = self._call(command.call)
        figures = call.figures()
        if figures is None:
            raise CommandError(f"{call.key} has no audio")
        call.emit("stats", **figures.to_json())

    def _quit(self, command: do.Quit) -> None:
        self.leaving = True

    def _account(self, key: str | None) -> PhoneAccount:
        return _pick(self.accounts, key, "account")

    def _call(self, key: str | None) -> PhoneCall:
        return _pick(self.calls, key, "call")

    _HANDLERS: ClassVar[dict[type[do.Command], Callable[..., dict[str, Any] | None]]] = {
        do.Register: _register,
        do.Unregister: _unregister,
        do.Behave: _behave,
        do.Dial: _dial,
        do.Answer: lambda self, it: self._call(it.call).respond(200),
        do.Ring: lambda self, it: self._call(it.call).respond(180),
        do.Reject: _reject,
        do.Hangup: lambda self, it: self._call(it.call).end(),
        do.HangupAll: _hangup_all,
        do.Digits: _digits,
        do.Hold: lambda self, it: self._call(it.call).hold(),
        do.Resume: lambda self, it: self._call(it.call).resume(),
        do.Transfer: _transfer,
        do.TransferTo: _transfer_to,
        do.Merge: _merge,
        do.Mute: lambda self, it: self._call(it.call).audio.mute(True),
        do.Unmute: lambda self, it: self._call(it.call).audio.mute(False),
        do.Play: _play,
        do.Tone: _tone,
        do.Silence: lambda self, it: self._call(it.call).audio.silence(),
        do.Record: _record,
        do.StopRecord: lambda self, it: self._call(it.call).audio.stop_recording(),
        do.Stats: _stats,
        do.Quit: _quit,
    }


def _pick(things: dict[str, T], key: str | None, kind: str) -> T:
    if key is not None:
        if key not in things:
            raise CommandError(f"there is no {kind} {key!r}")
        return things[key]
    if len(things) != 1:
        raise CommandError(f"there are {len(things)} {kind}s: name one")
    return next(iter(things.values()))


def _words(fault: BaseException) -> str:
    return fault.reason if isinstance(fault, pj.Error) else str(fault)


def _let_go(thing: object) -> None:
    """The last reference was in the timer that calls this."""

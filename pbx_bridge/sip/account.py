"""One account of the headless phone: its registration, and what it does with calls that come."""

from typing import TYPE_CHECKING

import pjsua2 as pj

from pbx_bridge.sip.call import PhoneCall
from pbx_bridge.sip.commands import Register
from pbx_bridge.sip.message import (
    Headers,
    answers_itself,
    headers_of,
    identity,
    request_uri,
    seen_as,
    sent_by,
    user_of,
)

if TYPE_CHECKING:
    from pbx_bridge.sip.phone import Phone

_BUSY, _RINGING, _OK = 486, 180, 200
_SHOWN = (
    "from",
    "to",
    "p-asserted-identity",
    "privacy",
    "call-info",
    "alert-info",
    "call-id",
    "diversion",
    "user-agent",
)
_RETRY_SECONDS, _FIRST_RETRY_SECONDS = 10, 2


class PhoneAccount(pj.Account):
    """Has a SIP port of its own, as a telephone on a desk has."""

    def __init__(self, phone: "Phone", command: Register) -> None:
        super().__init__()
        self.phone = phone
        self.key = command.key
        self.user = command.user
        self.host = command.host
        self.port = command.port
        self.behaviour = command.behaviour
        self._command = command
        self.registered = False
        self._transport, self.local_port = phone.engine.open_port()
        self.create(self._config(command))
        phone.engine.claim_port(self.local_port, self.getId())

    def _config(self, command: Register) -> pj.AccountConfig:
        config = pj.AccountConfig()
        config.idUri = f"sip:{command.user}@{command.host}"
        config.regConfig.registrarUri = f"sip:{command.host}:{command.port}"
        config.regConfig.timeoutSec = command.expires
        config.regConfig.retryIntervalSec = _RETRY_SECONDS
        config.regConfig.firstRetryIntervalSec = _FIRST_RETRY_SECONDS
        config.regConfig.randomRetryIntervalSec = 1
        config.regConfig.dropCallsOnFail = False  # the PBX was restarted, the talk may go on
        config.sipConfig.authCreds.append(
            pj.AuthCredInfo("digest", "*", command.user, 0, command.password)
        )
        config.sipConfig.transportId = self._transport
        config.mediaConfig.transportConfig.boundAddress = self.phone.engine.options.bind
        config.mediaConfig.transportConfig.port = 0
        config.callConfig.timerUse = 0  # no session timers: fewer re-INVITEs to tell from holds
        return config

    def is_for(self, command: Register) -> bool:
        """Whether it is the same account, which then keeps its port."""
        same = {"ref": None, "behaviour": self.behaviour}
        return self._command.model_copy(update=same) == command.model_copy(update=same)

    def leave(self) -> None:
        """Unregisters; `close` must follow once that is done, or in time."""
        if self.registered:
            self.setRegistration(False)

    def close(self) -> None:
        self.shutdown()
        self.phone.engine.release_port(self.local_port, self._transport)

    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802
        try:
            self._registration(prm, headers_of(prm.rdata.wholeMsg))
        except Exception as fault:
            self.phone.fault(fault, self.key, None)

    def _registration(self, prm: pj.OnRegStateParam, headers: Headers) -> None:
        before, self.registered = self.registered, prm.code // 100 == 2 and prm.expiration > 0
        if self.registered:
            contact = headers.get("contact", [""])[0]
            self.phone.emit(
                "registered",
                account=self.key,
                contact=contact.partition(";")[0].strip("<>"),
                contacts=len(headers.get("contact", [])),
                expires=prm.expiration,
                local=sent_by(headers),
                seen_as=seen_as(headers),
            )
        elif prm.code // 100 == 2:
            self.phone.emit("unregistered", account=self.key)
        else:
            self.phone.emit(
                "registration_failed",
                account=self.key,
                code=prm.code,
                reason=prm.reason,
                was_registered=before,
            )

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802
        try:
            self._incoming(prm.callId, prm.rdata.wholeMsg)
        except Exception as fault:
            self.phone.fault(fault, self.key, None)

    def _incoming(self, call_id: int, message: str) -> None:
        headers = headers_of(message)
        call = PhoneCall(self, self.phone.new_key(), self.behaviour, call_id)
        self.phone.keep(call)
        at_once = self.behaviour.auto_answer and answers_itself(headers)
        caller = identity(headers.get("from", [""])[0])
        call.emit(
            "incoming",
            number=caller.number,
            name=caller.name,
            dialled=user_of(request_uri(message)),
            headers={name: headers[name] for name in _SHOWN if name in headers},
            auto_answer=at_once,
        )
        self._treat(call, at_once)

    def _treat(self, call: PhoneCall, at_once: bool) -> None:
        rules = call.behaviour
        if rules.refuse is not None:
            call.end(rules.refuse)
        elif self.phone.calls_of(self) > rules.capacity:
            call.end(_BUSY)
        elif at_once:
            call.respond(_OK)
        else:
            call.respond(_RINGING)
            if rules.patience is not None:
                self.phone.timers.after(rules.patience, lambda: _answer_if_ringing(call))


def _answer_if_ringing(call: PhoneCall) -> None:
    if not call.over and not call.answered:
        call.respond(_OK)

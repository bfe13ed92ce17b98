"""One call of the headless phone: what pjsua2 tells of it becomes events."""

import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import pjsua2 as pj

from pbx_bridge.sip.audio import Audio, is_complete
from pbx_bridge.sip.commands import Behaviour, CommandError
from pbx_bridge.sip.message import Headers, address, cause_of, headers_of
from pbx_bridge.sip.quality import StreamFigures, loss_percent

if TYPE_CHECKING:
    from pbx_bridge.sip.account import PhoneAccount

P = ParamSpec("P")
_HELD_HERE, _HELD_THERE = "held", "remote_held"
_DECLINED = 603


def guarded(
    callback: "Callable[Concatenate[PhoneCall, P], None]",
) -> "Callable[Concatenate[PhoneCall, P], None]":
    """An exception must not get back into pjsua2: it would end the process."""

    @wraps(callback)
    def safe(self: "PhoneCall", /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(self, *args, **kwargs)
        except Exception as fault:
            self.account.phone.fault(fault, self.account.key, self.key)

    return safe


class _Leg(pj.Call):
    """pjsua2's part of a call. It must die at the very moment that the call is over: its slot in
    the library may be another call's at the next, which the end of this object would hang up.
    """

    def __init__(self, owner: "PhoneCall", call_id: int) -> None:
        super().__init__(owner.account, call_id)
        self._owner = owner

    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802
        self._owner.state_changed(prm)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802
        self._owner.media_changed()

    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # noqa: N802
        self._owner.digit_heard(prm)

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:  # noqa: N802
        self._owner.transfer_progressed(prm)

    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:  # noqa: N802
        prm.statusCode = _DECLINED  # nobody stands at this phone to be sent elsewhere

    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:  # noqa: N802
        self._owner.stream_ending()


class PhoneCall:
    """`key` names it in commands and events."""

    def __init__(
        self,
        account: "PhoneAccount",
        key: str,
        behaviour: Behaviour,
        call_id: int | None = None,
    ) -> None:
        self.account = account
        self.key = key
        self.behaviour = behaviour
        self.incoming = call_id is not None
        self.audio = Audio(account.phone.engine.clock_rate, account.phone.bury, self._recorded)
        self.media = "none"
        self._leg: _Leg | None = _Leg(self, pj.PJSUA_INVALID_ID if call_id is None else call_id)
        self._answered_at: float | None = None
        self._ended_here = False
        self._figures: StreamFigures | None = None
        self._prepare_audio()

    def _prepare_audio(self) -> None:
        """A call without its sound is better than none: a fault is only reported."""
        try:
            if self.behaviour.play is not None:
                self.audio.play(self.behaviour.play, loop=True)
            elif self.behaviour.tone is not None:
                self.audio.tone(self.behaviour.tone)
            if self.behaviour.record is not None:
                self.audio.record(f"{self.behaviour.record}/{self.key}.wav")
        except CommandError as fault:
            self.account.phone.fault(fault, self.account.key, self.key)

    def emit(self, event: str, /, **data: Any) -> None:
        self.account.phone.emit(event, account=self.account.key, call=self.key, **data)

    def _recorded(self, file: Path, patience: int = 50) -> None:
        if patience == 0 or is_complete(file):
            self.emit("recorded", file=str(file))
        else:
            self.account.phone.timers.after(0.02, lambda: self._recorded(file, patience - 1))

    # What the user does.

    @property
    def leg(self) -> _Leg:
        if self._leg is None:
            raise CommandError(f"{self.key} is over")
        return self._leg

    @property
    def over(self) -> bool:
        return self._leg is None

    @property
    def answered(self) -> bool:
        return self._answered_at is not None

    def dial(self, uri: str, headers: dict[str, str]) -> None:
        prm = pj.CallOpParam(True)
        for name, value in headers.items():
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            prm.txOption.headers.append(header)
        self.leg.makeCall(uri, prm)

    def respond(self, code: int) -> None:
        self.leg.answer(_with_code(code))

    def end(self, code: int = 0) -> None:
        """Hangs up, cancels, or refuses with `code`, whichever fits the state."""
        if self._leg is not None and self._leg.isActive():
            self._ended_here = True
            self._leg.hangup(_with_code(code))

    def hold(self) -> None:
        self.leg.setHold(pj.CallOpParam(True))

    def resume(self) -> None:
        prm = pj.CallOpParam(True)
        prm.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.leg.reinvite(prm)

    def transfer(self, to: str) -> None:
        self.leg.xfer(address(to, self.account.host, self.account.port), pj.CallOpParam(True))

    def transfer_to(self, other: "PhoneCall") -> None:
        self.leg.xferReplaces(other.leg, pj.CallOpParam(True))

    def send_digits(self, digits: str, method: str) -> None:
        prm = pj.CallSendDtmfParam()
        info = method == "info"
        prm.method = pj.PJSUA_DTMF_METHOD_SIP_INFO if info else pj.PJSUA_DTMF_METHOD_RFC2833
        prm.digits = digits
        self.leg.sendDtmf(prm)

    # What the network does.

    @guarded
    def state_changed(self, prm: pj.OnCallStateParam) -> None:
        info = self.leg.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and not self.incoming:
            self.emit("ringing", code=info.lastStatusCode)
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._confirmed()
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._disconnected(info, _headers_in(prm.e))

    def _confirmed(self) -> None:
        self._answered_at = time.monotonic()
        self.emit("confirmed")
        if self.behaviour.hang_up_after is not None:
            self.account.phone.timers.after(self.behaviour.hang_up_after, self.end)

    def _disconnected(self, info: pj.CallInfo, headers: Headers) -> None:
        self._leg = None
        self.audio.close()
        self.account.phone.forget(self)
        talked = None if self._answered_at is None else time.monotonic() - self._answered_at
        self.emit(
            "disconnected",
            code=info.lastStatusCode,
            reason=info.lastReason,
            by="local" if self._ended_here else "remote",
            cause=cause_of(headers),
            reason_header=headers.get("reason", [None])[0],
            seconds=None if talked is None else round(talked, 3),
            stats=None if self._figures is None else self._figures.to_json(),
        )

    @guarded
    def media_changed(self) -> None:
        status = self._audio_status()
        state = "none" if status is None else _MEDIA_STATES.get(status, "none")
        flows = status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
        self.audio.attach(self.leg.getAudioMedia(-1) if flows else None)
        before, self.media = self.media, state
        self.emit("media", state=state)
        for event in _hold_events(before, state):
            self.emit(event)

    def _audio_status(self) -> int | None:
        info = self.leg.getInfo()  # the list's items live as long as it does
        for media in info.media:
            if media.type == pj.PJMEDIA_TYPE_AUDIO:
                return media.status
        return None

    @guarded
    def digit_heard(self, prm: pj.OnDtmfDigitParam) -> None:
        info = prm.method == pj.PJSUA_DTMF_METHOD_SIP_INFO
        self.emit("dtmf", digit=prm.digit, method="info" if info else "rfc4733")

    @guarded
    def transfer_progressed(self, prm: pj.OnCallTransferStatusParam) -> None:
        final = bool(prm.finalNotify)
        self.emit("transfer", code=prm.statusCode, reason=prm.reason, final=final)
        if final:
            prm.cont = False
            if prm.statusCode // 100 == 2:
                # A phone leaves the call that it gave away; many PBXs wait for its BYE.
                self.account.phone.timers.after(0, self.end)

    @guarded
    def stream_ending(self) -> None:
        self._figures = self.figures()

    def figures(self) -> StreamFigures | None:
        """Those of the last audio stream, None before there was one."""
        try:
            stream, stat = self.leg.getStreamInfo(0), self.leg.getStreamStat(0)
        except pj.Error:
            return self._figures
        rtcp = stat.rtcp
        heard = rtcp.rttUsec.n > 0
        return StreamFigures(
            codec=stream.codecName,
            clock_rate=stream.codecClockRate,
            rtt_ms=round(rtcp.rttUsec.mean / 1000, 2) if heard else None,
            jitter_ms=round(rtcp.rxStat.jitterUsec.mean / 1000, 2),
            loss_percent=loss_percent(rtcp.rxStat.pkt, rtcp.rxStat.loss),
            received=rtcp.rxStat.pkt,
            sent=rtcp.txStat.pkt,
            far_jitter_ms=round(rtcp.txStat.jitterUsec.mean / 1000, 2) if heard else None,
            far_loss_percent=loss_percent(rtcp.txStat.pkt, rtcp.txStat.loss) if heard else None,
            far_address=stream.remoteRtpAddress,
        )


_MEDIA_STATES = {
    pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: _HELD_HERE,
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: _HELD_THERE,
}


def _hold_events(before: str, now: str) -> list[str]:
    if before == now:
        return []
    ended = {_HELD_HERE: "resumed", _HELD_THERE: "remote_resumed"}.get(before)
    begun = now if now in (_HELD_HERE, _HELD_THERE) else None
    return [event for event in (ended, begun) if event is not None]


def _with_code(code: int) -> pj.CallOpParam:
    prm = pj.CallOpParam(True)
    prm.statusCode = code
    return prm


def _headers_in(event: pj.SipEvent) -> Headers:
    """Headers of the message that changed the state, if one did."""
    if event.type == pj.PJSIP_EVENT_TSX_STATE:
        inner = event.body.tsxState
        if inner.type == pj.PJSIP_EVENT_RX_MSG:
            return headers_of(inner.src.rdata.wholeMsg)
    return {}

"""What the findings of a line check mean, in words. Pure."""

import ipaddress
from dataclasses import dataclass
from enum import IntEnum

from pbx_bridge.sip.linecheck import CallFindings, LineFindings

_POOR_MOS, _FAIR_MOS = 3.1, 3.6  # ITU-T G.109: below 3.1 nearly all users are dissatisfied
_MUCH_LOSS = 1.0  # percent
_MUCH_JITTER = 30.0  # ms
# RFC 1918, and RFC 6598 behind a carrier's NAT.
_PRIVATE = [
    ipaddress.ip_network(it)
    for it in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
]
_LONG_WAY = 300.0  # ms there and back: ITU-T G.114 asks for less than 150 ms one way


class Exit(IntEnum):
    """Exit codes of `hovorna check-line`; 2 is for arguments that make no sense."""

    WELL = 0
    DOUBTFUL = 1  # it works, but see what is said
    REFUSED = 3  # the registrar said no
    SILENT = 4  # nobody answered at the address
    CALL_FAILED = 5
    BAD_AUDIO = 6  # one-way, or none


@dataclass(frozen=True, slots=True)
class Verdict:
    exit: Exit
    remarks: tuple[str, ...]


def judge(findings: LineFindings, host: str, number: str | None) -> Verdict:
    """`host`: where we registered; `number`: whom we called."""
    if not findings.registered:
        return _unregistered(findings, host)
    remarks = _address_remarks(findings)
    if findings.call is None:
        return Verdict(Exit.WELL, remarks)
    if not findings.call.answered:
        return Verdict(Exit.CALL_FAILED, (_unanswered(findings.call, number or ""), *remarks))
    silence = _silence(findings.call)
    if silence is not None:
        return Verdict(Exit.BAD_AUDIO, (silence, *remarks))
    doubts = _quality_remarks(findings.call)
    return Verdict(Exit.DOUBTFUL if doubts else Exit.WELL, (*doubts, *remarks))


def _unregistered(findings: LineFindings, host: str) -> Verdict:
    code = findings.code
    if code in (401, 403, 407):
        text = f"The provider refused the user name or the password ({code} {findings.reason})."
        return Verdict(Exit.REFUSED, (text,))
    if code == 404:
        text = f"The provider does not know this user (404 {findings.reason})."
        return Verdict(Exit.REFUSED, (text,))
    if code is None or code in (408, 502, 503):
        text = (
            f"{host} does not answer ({findings.reason}). Check the address and the port, and that "
            "the firewall lets UDP out to it."
        )
        return Verdict(Exit.SILENT, (text,))
    return Verdict(Exit.REFUSED, (f"The provider answered {code} {findings.reason}.",))


_CALL_WORDS = {
    403: "The provider does not let this account call {number}",
    404: "The number {number} was not found",
    480: "Nobody answered at {number}",
    484: "The number {number} is not complete",
    486: "{number} is busy",
    487: "Nobody answered at {number}",
    488: "The provider accepts none of our codecs",
    600: "{number} is busy",
    603: "{number} declined the call",
    604: "The number {number} was not found",
}


def _unanswered(call: CallFindings, number: str) -> str:
    words = _CALL_WORDS.get(call.code, "The call to {number} failed").format(number=number)
    return f"{words} ({call.code} {call.reason})."


def _silence(call: CallFindings) -> str | None:
    """One-way audio: packets that never came, or that the far side says it never got."""
    stats = call.stats
    if stats is None:
        return "The call was answered, but no audio was agreed on."
    if stats["received"] == 0:
        return (
            "One-way audio: nothing was heard from the far side. Usually a firewall or a router "
            "that does not let RTP in."
        )
    if stats["far_loss_percent"] is not None and stats["far_loss_percent"] > 90:
        return "One-way audio: the far side says that it hears nothing of us."
    return None


def _quality_remarks(call: CallFindings) -> tuple[str, ...]:
    stats = call.stats or {}
    remarks: list[str] = []
    if stats["mos"] < _POOR_MOS:
        remarks.append(f"The quality is poor (MOS {stats['mos']}).")
    elif stats["mos"] < _FAIR_MOS:
        remarks.append(f"The quality is fair (MOS {stats['mos']}).")
    if stats["loss_percent"] > _MUCH_LOSS:
        remarks.append(f"{stats['loss_percent']} % of the packets were lost.")
    if stats["jitter_ms"] > _MUCH_JITTER:
        remarks.append(f"The packets come unevenly (jitter {stats['jitter_ms']} ms).")
    if (stats["rtt_ms"] or 0) > _LONG_WAY:
        remarks.append(f"The way is long ({stats['rtt_ms']} ms there and back).")
    return tuple(remarks)


def _address_remarks(findings: LineFindings) -> tuple[str, ...]:
    remarks: list[str] = []
    if findings.behind_nat:
        remarks.append(
            f"We are behind NAT: we are {findings.local}, the provider sees {findings.seen_as}. "
            "The PBX needs its public address in its settings, or a provider that copes."
        )
    stats = findings.call.stats if findings.call else None
    if stats and _private(stats["far_address"]) and not _private(findings.seen_as):
        remarks.append(
            f"The provider asks for audio at a private address ({stats['far_address']})."
        )
    return tuple(remarks)


def _private(address: str | None) -> bool:
    """`address` is host:port."""
    try:
        host = ipaddress.ip_address((address or "").rpartition(":")[0].strip("[]"))
    except ValueError:
        return False
    return any(host in network for network in _PRIVATE)

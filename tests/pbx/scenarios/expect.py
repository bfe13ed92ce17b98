"""What really happened in a scenario, as those who took part in it know."""

from dataclasses import asdict, dataclass, field
from typing import Any

from pbx_bridge.sip.process import PhoneCall
from tests.pbx.scenarios.stage import CLIENT, MAIN_NUMBER


@dataclass
class Times:
    """Seconds, as the phone that placed the call measured them."""

    wait: float
    talk: float


@dataclass
class ExpectedTransfer:
    """`by` and `to`: an extension or an outside number. `returned`: `by` got the call back."""

    kind: str
    by: str
    to: str
    returned: bool = False


@dataclass
class ExpectedParty:
    """Who took part; `how` as events.Joined."""

    who: str
    how: str


@dataclass
class ExpectedCall:
    """One call as it must be in the CRM. `ended_by` None: not to be judged."""

    direction: str
    outcome: str
    wait_seconds: float
    talk_seconds: float
    number: str | None = None
    withheld: bool = False
    line: str | None = None
    dialled: str | None = None
    extension: str | None = None
    answered_by: str | None = None
    ended_by: str | None = None
    rang: list[str] = field(default_factory=list)
    parties: list[ExpectedParty] = field(default_factory=list)
    transfers: list[ExpectedTransfer] = field(default_factory=list)
    pickups: list[dict[str, str]] = field(default_factory=list)
    held_by: list[str] = field(default_factory=list)
    consulted: list[str] = field(default_factory=list)  # whom somebody asked meanwhile
    pauses: int = 0  # of the recording
    stops: int = 0  # of the recording, by hand
    key: str | None = None
    assumed: bool = False
    recorded: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def party(who: str, how: str) -> ExpectedParty:
    return ExpectedParty(who, how)


def times_of(call: PhoneCall) -> Times:
    """Of the call as its own phone saw it: from INVITE to answer, from answer to the end."""
    at = {it.name: it.at for it in call.process.events if it.call == call.key}
    start = at.get("calling", at.get("incoming", 0.0))
    end = at["disconnected"]
    answer = at.get("confirmed")
    if answer is None:
        return Times(round(end - start, 2), 0.0)
    return Times(round(answer - start, 2), round(end - answer, 2))


def inbound(call: PhoneCall, outcome: str, **fields: Any) -> ExpectedCall:
    """A call from CLIENT on line1, which rings 101 and 102, where `fields` do not say otherwise."""
    known: dict[str, Any] = {
        "number": CLIENT,
        "line": "line1",
        "dialled": MAIN_NUMBER,
        "rang": ["101", "102"],
    }
    known["recorded"] = outcome == "answered"
    return _expected(call, "inbound", outcome, known | fields)


def outbound(call: PhoneCall, outcome: str, **fields: Any) -> ExpectedCall:
    """A call by 101 on line1 to 777123456, where `fields` do not say otherwise."""
    known: dict[str, Any] = {
        "number": "777123456",
        "line": "line1",
        "dialled": "777123456",
        "extension": "101",
    }
    return _expected(
        call, "outbound", outcome, {"recorded": outcome == "answered"} | known | fields
    )


def internal(call: PhoneCall, outcome: str, **fields: Any) -> ExpectedCall:
    return _expected(call, "internal", outcome, {"extension": "101"} | fields)


def _expected(
    call: PhoneCall, direction: str, outcome: str, fields: dict[str, Any]
) -> ExpectedCall:
    times = times_of(call)
    return ExpectedCall(
        direction=direction,
        outcome=outcome,
        wait_seconds=times.wait,
        talk_seconds=times.talk,
        **fields,
    )

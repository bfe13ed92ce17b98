"""A call's story in words."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.telephony.views import CallPerson, CallView, PartyView, StoryItem
from web.formats import Formats
from web.story import tell, why_not
from web.words import caller_name, employee_names, who

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = {"101": "Eva Malá", "103": "James Carter"}
EVA, JAMES = {"extension": "101"}, {"extension": "103"}
MOBILE = {"number": "777555666"}  # as it was dialled
CLIENT = {"number": "+420777123456"}


def a_call(**what: Any) -> CallView:
    values: dict[str, Any] = {
        "id": 1,
        "key": "main-1.0",
        "direction": "inbound",
        "state": "ended",
        "outcome": "answered",
        "number": CLIENT["number"],
        "withheld": False,
        "network_name": None,
        "line": "line1",
        "dialled": None,
        "extension": None,
        "started_at": AT,
        "answered_at": AT,
        "ended_at": AT + timedelta(seconds=60),
        "wait_seconds": 0.0,
        "talk_seconds": 60.0,
        "answered_by": None,
        "ended_by_side": "client",
        "cause": 16,
        "assumed": False,
        "quality": None,
    }
    return CallView(**values | what)


def words(*told: tuple[str, dict[str, Any]], call: CallView | None = None) -> list[str]:
    """The steps; each a second after the one before."""
    items = [
        StoryItem(str(n), f"call.{type_}", AT + timedelta(seconds=n), body, NAMES)
        for n, (type_, body) in enumerate(told)
    ]
    fmt = Formats("en_GB", ZoneInfo("Europe/Prague"), "CZ", AT)
    return [step.text for step in tell(call or a_call(), items, fmt, lambda text: text).steps]


def handed(to: dict[str, str], kind: str = "attended") -> tuple[str, dict[str, Any]]:
    return "transferred", {"kind": kind, "by": EVA, "to": to}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"loss": "closed"}, "The browser of Eva Malá was closed or reloaded"),
        ({"loss": "network"}, "The network of Eva Malá was lost"),
        ({"loss": "unknown"}, "The browser of Eva Malá is gone"),
        ({}, "The browser of Eva Malá is gone"),  # told by an older version
    ],
)
def test_why_a_browser_is_gone_is_said_where_it_is_known(told: dict[str, str], said: str) -> None:
    (step,) = words(("browser_lost", {"by": EVA, **told}))
    assert step == f"{said}; the other side waits with music"


def test_who_was_asked_was_spoken_to() -> None:
    asked = ("consult_started", {"by": EVA, "to": JAMES})
    assert words(("ringing", {"party": JAMES}), asked, handed(JAMES))[-1] == (
        "Eva Malá speaks to James Carter and transfers"
    )


def test_who_was_asked_by_another_way_of_writing_the_number_too() -> None:
    asked = ("consult_started", {"by": EVA, "to": {"number": "+420777555666"}})
    assert words(asked, handed(MOBILE))[-1] == "Eva Malá speaks to 777 555 666 and transfers"


def test_who_still_rings_was_not() -> None:
    spoke = ("party_joined", {"party": JAMES, "how": "transfer"})
    assert words(spoke, ("ringing", {"party": JAMES}), handed(JAMES))[-1] == (
        "Eva Malá transfers to James Carter, who has not answered yet"
    )


def test_a_take_over_is_the_supervisors_act() -> None:
    (step,) = words(handed(JAMES, "takeover"))
    assert step == "James Carter takes the client over from Eva Malá"


def test_a_number_reads_the_same_however_it_was_dialled() -> None:
    full = {"number": "+420777555666"}
    steps = words(
        handed(MOBILE, "blind"),
        ("ringing", {"party": full}),
        ("party_joined", {"party": MOBILE, "how": "transfer"}),
    )
    assert steps == [
        "Eva Malá transfers to 777 555 666",
        "Rings at 777 555 666",
        "777 555 666 joins",
    ]


def test_a_colleague_is_called_by_the_name() -> None:
    started = ("started", {"direction": "internal", "extension": "101", "dialled": "103"})
    assert words(started) == ["Eva Malá calls James Carter"]


def test_a_call_that_became_part_of_this_one_is_named() -> None:
    inbound = ("started", {"direction": "inbound"})
    beside = ("started", {"direction": "internal", "extension": "101", "dialled": "103"})
    merged = ("merged", {"other": "main-2.0"})
    assert words(inbound, beside, merged)[-1] == (
        "The call of Eva Malá to James Carter belongs to this one"
    )
    assert words(inbound, merged)[-1] == "Another call belongs to this one"


def test_a_client_who_hangs_up_leaves_nobody_to_leave() -> None:
    left, ended = ("party_left", {"party": EVA}), ("ended", {"ended_by": "client"})
    client_did = a_call(ended_at=AT + timedelta(seconds=1))
    we_did = a_call(ended_at=AT + timedelta(seconds=1), ended_by_side="company")
    earlier = ("party_left", {"party": JAMES})
    assert words(earlier, left, ended, call=client_did) == [
        "James Carter leaves",
        "The client hangs up",
    ]
    assert words(earlier, left, call=we_did)[-1] == "Eva Malá leaves"


def test_between_colleagues_there_is_no_we_who_hang_up() -> None:
    call = a_call(direction="internal", number=None, ended_by_side="company")
    assert words(("ended", {"ended_by": "company"}), call=call) == ["The call ends"]


def test_who_speaks_in_a_call_between_colleagues_is_named_once() -> None:
    eva, james = CallPerson("101", None, "Eva Malá"), CallPerson("103", None, "James Carter")
    call = a_call(
        direction="internal",
        number=None,
        extension="101",
        placed_by=eva,
        parties=tuple(PartyView(one, None, "called", AT, None) for one in (eva, james)),
    )
    fmt = Formats("en_GB", ZoneInfo("Europe/Prague"), "CZ", AT)
    assert who(call, fmt, lambda text: text) == "Eva Malá, James Carter"


def test_who_placed_a_call_that_nobody_answered_has_a_name() -> None:
    eva = CallPerson("101", None, "Eva Malá")
    call = a_call(direction="outbound", outcome="no_answer", extension="101", placed_by=eva)
    assert employee_names(call) == caller_name(call) == "Eva Malá"


PLACED: tuple[str, dict[str, Any]] = (
    "started",
    {"direction": "outbound", "extension": "101", "number": CLIENT["number"], "mobile": True},
)


def test_a_call_from_the_mobile_says_where_it_rings() -> None:
    assert words(
        PLACED,
        ("ringing", {"party": EVA}),
        ("answered", {"party": CLIENT}),
        ("ringing", {"party": EVA}),  # brought back after a transfer
    ) == [
        "Eva Malá calls 777 123 456 from the mobile",
        "Rings at Eva Malá (mobile)",
        "777 123 456 answers",
        "Rings at Eva Malá",
    ]


def why(*told: tuple[str, dict[str, Any]], **call: Any) -> str:
    items = [StoryItem(str(n), f"call.{it}", AT, body, NAMES) for n, (it, body) in enumerate(told)]
    fmt = Formats("en_GB", ZoneInfo("Europe/Prague"), "CZ", AT)
    placed = a_call(**{"direction": "outbound", "answered_at": None} | call)
    return why_not(placed, items, fmt, lambda text: text)


def test_why_a_call_that_was_placed_did_not_come_about() -> None:
    busy = ("ringing_stopped", {"party": EVA, "reason": "busy"})
    assert why(PLACED, busy) == "Eva Malá (mobile) is busy"
    answered = ("ringing_stopped", {"party": EVA, "reason": "answered"})
    mailbox = ("unconfirmed", {"by": EVA})
    said = "The mobile of Eva Malá was answered, but nobody pressed 1"
    assert why(PLACED, answered, mailbox) == said
    assert why(PLACED, busy, answered_at=AT) == ""
    assert why(PLACED, busy, direction="inbound") == ""
    given_up = ("ringing_stopped", {"party": EVA, "reason": "cancelled"})
    assert why(PLACED, given_up) == ""

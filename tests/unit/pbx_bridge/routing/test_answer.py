"""The routing answer on the wire."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.ports import OutboundQuery, Refusal, RouteAnswer, RouteQuery
from pbx_bridge.routing.answer import encode, encode_permission, parse, parse_outbound


def test_extensions_seconds_and_display() -> None:
    assert encode(RouteAnswer(("101", "102"), 25, "Jan Novák")) == "101-102|25|Jan%20Nov%C3%A1k"


def test_no_extensions_means_the_lines_own() -> None:
    assert encode(RouteAnswer((), 25, "")) == "|25|"


@pytest.mark.parametrize(("asked", "given_"), [(0, 1), (-5, 1), (25, 25), (10**9, 600)])
def test_seconds_are_kept_within_bounds(asked: int, given_: int) -> None:
    assert encode(RouteAnswer(("101",), asked, "")) == f"101|{given_}|"


def test_what_is_no_extension_rings_nobody() -> None:
    answer = encode(RouteAnswer(("101&SIP/evil", "١٠٢", "", "103"), 25, ""))
    assert answer == "103|25|"


@given(st.lists(st.text(max_size=8), max_size=4), st.integers(), st.text(max_size=300))
def test_nothing_but_plain_letters_goes_over_the_wire(
    ring: list[str], seconds: int, display: str
) -> None:
    wire = encode(RouteAnswer(tuple(ring), seconds, display))
    # The dialplan's own expression in config/asterisk/extensions.conf.j2.
    assert re.fullmatch(r"[0-9-]*[|][1-9][0-9]?[0-9]?[|][A-Za-z0-9%]*", wire)
    assert len(unquote(wire.rpartition("|")[2]).encode()) <= 79


def test_a_question_becomes_a_query_with_the_calls_key() -> None:
    query = parse(
        "main",
        {
            "call": "1795441090.0",
            "line": "line1",
            "dialled": "+420222333444",
            "number": "+420777123456",
            "name": "",
        },
    )
    assert query == RouteQuery(
        call="main-1795441090.0",
        line="line1",
        dialled="+420222333444",
        number="+420777123456",
        name=None,
    )


def test_a_withheld_number_is_none() -> None:
    query = parse("main", {"call": "1.0", "line": "line1", "number": ""})
    assert query is not None
    assert query.number is None


@pytest.mark.parametrize("fields", [{}, {"call": "1.0"}, {"line": "line1"}])
def test_a_question_without_call_or_line_is_none(fields: dict[str, str]) -> None:
    assert parse("main", fields) is None


OUTBOUND = {"call": "1.0", "extension": "101", "line": "line1", "number": "+5351234567"}


def test_who_calls_out_is_asked_for() -> None:
    assert parse_outbound("main", OUTBOUND) == OutboundQuery(
        call="main-1.0", extension="101", line="line1", number="+5351234567"
    )


@pytest.mark.parametrize("missing", list(OUTBOUND))
def test_a_question_that_lacks_anything_is_none(missing: str) -> None:
    assert parse_outbound("main", OUTBOUND | {missing: ""}) is None


def test_one_word_is_the_answer() -> None:
    words = [encode_permission(it, down=False) for it in (None, Refusal.COUNTRY, Refusal.HOUR)]
    words.append(encode_permission(None, down=True))
    # The dialplan's own expression in config/asterisk/extensions.conf.j2.
    assert all(re.fullmatch("yes|down|country|hour", word) for word in words)
    assert len(set(words)) == 4
    assert encode_permission(Refusal.HOUR, down=True) == "hour"

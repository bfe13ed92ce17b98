"""The routing answer on the wire."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.ports import RouteAnswer, RouteQuery
from pbx_bridge.routing.answer import encode, parse


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

"""Rows of CEL as Asterisk writes them, well or badly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.cel.lines import json_row

EXTRA = '{"hangupcause":16,"dialstatus":"ANSWER"}'


def _written(**values: str) -> str:
    """As Asterisk 22.10 writes a row: quotes are escaped, backslashes are not."""
    pairs = (f'"{name}":"' + value.replace('"', '\\"') + '"' for name, value in values.items())
    return "{" + ",".join(pairs) + "}"


def _row(name: str) -> dict[str, object]:
    row = json_row(
        _written(eventtype="CHAN_START", uniqueid="1.0", name=name, num="777", eventextra=EXTRA)
    )
    assert row is not None, name
    return row


@pytest.mark.parametrize(
    "name", ["x\\", '\\"quoted\\" \\ name', '\\","num":"666', '\\"}', '","num":"666', '"}']
)
def test_a_callers_name_spoils_no_row(name: str) -> None:
    row = _row(name)
    assert row["name"] == name
    assert row["num"] == "777"
    assert row["eventextra"] == EXTRA


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30))
def test_no_name_changes_what_else_the_row_says(name: str) -> None:
    row = _row(name)
    assert (row["num"], row["uniqueid"], row["eventextra"]) == ("777", "1.0", EXTRA)


@pytest.mark.parametrize("line", ["", "x", "[]", "{}x", '{"eventtype":"HANGUP","uniqueid', "{\\}"])
def test_what_is_no_row_is_none(line: str) -> None:
    assert json_row(line) is None

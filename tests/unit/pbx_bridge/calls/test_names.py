"""Names of channels, endpoints, dial targets and calls."""

import pytest

from pbx_bridge.calls.events import Party
from pbx_bridge.calls.keys import call_key, is_placed, placed_root
from pbx_bridge.calls.layout import Layout, Place, Seat
from pbx_bridge.calls.numbers import (
    caller_name,
    is_service,
    party_at,
    target_endpoint,
    target_number,
    without_line_key,
)
from pbx_bridge.directory import ExtensionEntry, LineEntry, PbxDirectory

LAYOUT = Layout.of(("101", "1234567"), ("line1", "o2-praha"))


@pytest.mark.parametrize(
    ("channel", "seat"),
    [
        ("PJSIP/101-0000001a", Seat(Place.INSIDE, "101")),
        ("PJSIP/1234567-0000001a", Seat(Place.INSIDE, "1234567")),
        ("PJSIP/101-web-0000001a", Seat(Place.INSIDE, "101")),
        ("PJSIP/204-web-0000001a", Seat(Place.INSIDE, "204")),
        ("PJSIP/o2-web-0000001a", Seat(Place.OUTSIDE, "o2-web")),
        ("PJSIP/line1-00000000", Seat(Place.OUTSIDE, "line1")),
        ("PJSIP/o2-praha-00000000", Seat(Place.OUTSIDE, "o2-praha")),
        ("SIP/204-00000000", Seat(Place.INSIDE, "204")),
        ("PJSIP/trunk-to-o2-00000000", Seat(Place.OUTSIDE, "trunk-to-o2")),
        ("PJSIP/anonymous-00000000", Seat(Place.OUTSIDE, "anonymous")),
        ("Local/103@inside-00000003;1", Seat(Place.GLUE, "")),
        ("CBAnn/800-00000000;2", Seat(Place.GLUE, "")),
        ("", Seat(Place.GLUE, "")),
    ],
)
def test_seat_of_a_channel(channel: str, seat: Seat) -> None:
    assert LAYOUT.seat(channel) == seat


def test_layout_of_a_directory() -> None:
    directory = PbxDirectory(
        extensions=(ExtensionEntry("101", "Eva", "x"),),
        lines=(LineEntry("line1", "+420222333444", "u", "p"),),
    )
    assert Layout.from_directory(directory) == Layout.of(("101",), ("line1",))


@pytest.mark.parametrize(
    ("target", "endpoint", "number"),
    [
        ("PJSIP/+420777123456@line1", "line1", "+420777123456"),
        ("PJSIP/line1/sip:777@provider.example:5060", "line1", "777"),
        ("PJSIP/101", "101", None),
        ("PJSIP/101/sip:101@127.0.0.1:5066;ob", "101", "101"),
        ("PJSIP/jan.novak@line1", "line1", None),
    ],
)
def test_dial_target(target: str, endpoint: str, number: str | None) -> None:
    assert target_endpoint(target) == endpoint
    assert target_number(target) == number
    assert target_number(target.removeprefix("PJSIP/")) == number


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (None, None),
        ("Eva Malá", "Eva Malá"),
        (r"Firma \"Alfa\" s.r.o.", 'Firma "Alfa" s.r.o.'),
        (r"back\\slash", r"back\slash"),
        (r"C:\temp", r"C:\temp"),
    ],
)
def test_quoted_pairs_of_sip_in_a_name(sent: str | None, name: str | None) -> None:
    assert caller_name(sent) == name


def test_who_is_reached_by_dialling() -> None:
    assert party_at("103", LAYOUT) == Party(extension="103")
    assert party_at("1234567", LAYOUT) == Party(extension="1234567")
    assert party_at("7654321", LAYOUT) == Party(number="7654321")
    assert party_at("*2*7654321", LAYOUT) == Party(number="7654321")  # by a line key


@pytest.mark.parametrize(
    ("exten", "number", "service"),
    [
        ("*2*777123456", "777123456", False),
        ("*9*+420777123456", "+420777123456", False),
        ("*0*777123456", "*0*777123456", True),
        ("777123456", "777123456", False),
        ("*11", "*11", True),
        ("*2*", "*2*", True),
        ("40", "40", True),
    ],
)
def test_the_code_of_a_line_key_is_no_part_of_the_number(
    exten: str, number: str, service: bool
) -> None:
    assert without_line_key(exten) == number
    assert is_service(exten) is service


@pytest.mark.parametrize(
    ("root", "placed"),
    [
        ("1795439910.0", False),
        ("pbx1-1795439910.12", False),
        ("my-pbx-1795439910.12", False),
        (placed_root("abc"), True),
        (placed_root("01JD8.5"), True),
        ("click-to-call-1", True),
    ],
)
def test_whose_choice_an_id_was(root: str, placed: bool) -> None:
    assert is_placed(root) == placed
    assert call_key("main", root) == f"main-{root}"

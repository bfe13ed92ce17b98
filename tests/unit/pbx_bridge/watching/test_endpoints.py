"""Which endpoints can be reached, from what the PBX said of them."""

from typing import Any

import pytest

from pbx_bridge.watching.endpoints import Endpoints, EndpointState, host_port

PHONE = "sip:101@127.0.0.1:5070;ob"
ACCOUNT = {"ClientUri": "sip:us@provider", "ServerUri": "sip:provider", "Endpoint": "main"}


def contact(endpoint: str, uri: str, status: str) -> dict[str, str]:
    return {
        "Event": "ContactStatus",
        "EndpointName": endpoint,
        "AOR": endpoint,
        "URI": uri,
        "ContactStatus": status,
    }


def registry(status: str) -> dict[str, str]:
    return {
        "Event": "Registry",
        "Username": ACCOUNT["ClientUri"],
        "Domain": ACCOUNT["ServerUri"],
        "Status": status,
    }


def test_a_phone_registers_is_qualified_and_goes() -> None:
    endpoints = Endpoints()
    assert endpoints.feed(contact("101", PHONE, "NonQualified")) == {"101"}
    assert endpoints.state("101").contacts == {"127.0.0.1:5070"}
    assert endpoints.feed(contact("101", PHONE, "Reachable")) == {"101"}  # asked now
    assert endpoints.feed(contact("101", PHONE, "Reachable")) == frozenset()
    assert endpoints.feed(contact("101", PHONE, "Removed")) == {"101"}
    assert endpoints.state("101") == EndpointState()


def test_a_phone_that_does_not_answer_is_not_there() -> None:
    endpoints = Endpoints()
    endpoints.feed(contact("101", PHONE, "Reachable"))
    endpoints.feed(contact("101", PHONE, "Unreachable"))
    assert endpoints.state("101") == EndpointState(silent=True)


def test_two_phones_on_one_extension() -> None:
    endpoints = Endpoints()
    endpoints.feed(contact("101", PHONE, "Reachable"))
    endpoints.feed(contact("101", "sip:101@192.0.2.7:5060", "Reachable"))
    endpoints.feed(contact("101", PHONE, "Removed"))
    assert endpoints.state("101").contacts == {"192.0.2.7:5060"}


def test_a_survey_is_all_there_is() -> None:
    endpoints = Endpoints()
    endpoints.feed(contact("101", PHONE, "Reachable"))
    endpoints.feed(contact("102", PHONE, "Reachable"))
    listed = {"Endpoint": "101", "Uri": PHONE, "Status": "Reachable"}
    fixed = {"EndpointName": "main", "URI": "sip:provider:5060", "Status": "NonQualified"}
    account = ACCOUNT | {"Status": "Rejected"}
    assert endpoints.survey([listed], [fixed], [account]) == {"102", "main"}
    assert endpoints.state("main") == EndpointState(
        frozenset(["provider:5060"]), unasked=True, registration="Rejected"
    )
    assert endpoints.state("102") == EndpointState()


def test_an_account_is_known_after_a_survey() -> None:
    endpoints = Endpoints()
    assert not endpoints.knows(registry("Registered"))
    assert endpoints.feed(registry("Registered")) == frozenset()
    endpoints.survey([], [], [ACCOUNT | {"Status": "Unregistered"}])
    assert endpoints.knows(registry("Registered"))
    assert endpoints.feed(registry("Registered")) == {"main"}
    assert endpoints.state("main").registration == "Registered"


@pytest.mark.parametrize(
    "event", [{}, {"Event": "ContactStatus"}, {"Event": "Registry"}, contact("101", "", "x")]
)
def test_what_says_nothing_changes_nothing(event: dict[str, Any]) -> None:
    assert Endpoints().feed(event) == frozenset()


@pytest.mark.parametrize(
    ("uri", "contact"),
    [
        ("sip:101@127.0.0.1:5062;ob", "127.0.0.1:5062"),
        ("<sip:101@127.0.0.1:5062>", "127.0.0.1:5062"),
        ("sip:127.0.0.1:5062", "127.0.0.1:5062"),
    ],
)
def test_a_contact_is_known_by_its_address(uri: str, contact: str) -> None:
    assert host_port(uri) == contact

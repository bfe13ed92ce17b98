"""Which SIP endpoints can be reached, from what the PBX says of them. Pure.

Source: Asterisk 18-22, events ContactStatus and Registry, items of PJSIPShowContacts (contacts that
registered here), PJSIPShowEndpoint (fixed contacts) and PJSIPShowRegistrationsOutbound.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

Message = Mapping[str, str]

REGISTERED: Final = "Registered"
_GONE: Final = frozenset({"Removed", "Unreachable", "Unavail", "Unavailable"})
_REMOVED: Final = "Removed"
# Not asked yet whether it is there: one that registered a moment ago, or a fixed one after a start.
_UNASKED: Final = frozenset({"NonQualified", "Unknown", "Created"})


@dataclass(frozen=True, slots=True)
class EndpointState:
    """`contacts`: host:port each, of those that may be called. `silent`: some that do not answer.

    `unasked`: a fixed contact of which nobody knows yet. `registration`: ours at the provider, in
    the PBX's word (Registered, Unregistered, Rejected, Stopped); empty where there is none.
    """

    contacts: frozenset[str] = frozenset()
    silent: bool = False
    unasked: bool = False
    registration: str = ""


@dataclass(slots=True)
class _Endpoint:
    contacts: dict[str, str] = field(default_factory=dict)  # host:port -> the PBX's word
    registration: str = ""

    def state(self) -> EndpointState:
        words = self.contacts.values()
        return EndpointState(
            frozenset(it for it, word in self.contacts.items() if word not in _GONE),
            silent=any(word in _GONE for word in words),
            unasked=any(word in _UNASKED for word in words),
            registration=self.registration,
        )


class Endpoints:
    """All endpoints known by name. `feed` takes events, `survey` a listing of what is now."""

    def __init__(self) -> None:
        self._endpoints: dict[str, _Endpoint] = {}
        self._accounts: dict[tuple[str, str], str] = {}  # client and server address -> endpoint

    def state(self, name: str) -> EndpointState:
        found = self._endpoints.get(name)
        return found.state() if found else EndpointState()

    def names(self) -> frozenset[str]:
        return frozenset(self._endpoints)

    def survey(
        self, contacts: Iterable[Message], fixed: Iterable[Message], accounts: Iterable[Message]
    ) -> frozenset[str]:
        """What is not listed is not there. Names of the endpoints that differ from before."""
        before = {name: it.state() for name, it in self._endpoints.items()}
        self._endpoints.clear()
        self._accounts.clear()
        for item in contacts:
            self._put(item.get("Endpoint", ""), item.get("Uri", ""), item.get("Status", ""))
        for item in fixed:
            self._put(item.get("EndpointName", ""), item.get("URI", ""), item.get("Status", ""))
        for item in accounts:
            name = item.get("Endpoint") or item.get("ObjectName", "")
            self._accounts[item.get("ClientUri", ""), item.get("ServerUri", "")] = name
            self._endpoint(name).registration = item.get("Status", "")
        names = before.keys() | self._endpoints.keys()
        unknown = EndpointState()
        return frozenset(n for n in names if before.get(n, unknown) != self.state(n))

    def feed(self, event: Message) -> frozenset[str]:
        """Names of the endpoints that it changed."""
        name = self._name_in(event)
        if not name:
            return frozenset()
        before = self.state(name)
        if event.get("Event") == "Registry":
            self._endpoint(name).registration = event.get("Status", "")
        else:
            self._put(name, event.get("URI", ""), event.get("ContactStatus", ""))
        return frozenset() if self.state(name) == before else frozenset([name])

    def knows(self, event: Message) -> bool:
        """False for a registration that was set up after the last survey."""
        return event.get("Event") != "Registry" or bool(self._name_in(event))

    def _name_in(self, event: Message) -> str:
        if event.get("Event") == "Registry":
            account = (event.get("Username", ""), event.get("Domain", ""))
            return self._accounts.get(account, "")
        if event.get("Event") == "ContactStatus":
            return event.get("EndpointName") or event.get("AOR", "")
        return ""

    def _endpoint(self, name: str) -> _Endpoint:
        return self._endpoints.setdefault(name, _Endpoint())

    def _put(self, name: str, uri: str, word: str) -> None:
        contact = host_port(uri)
        if not name or not contact:
            return
        if word == _REMOVED:
            self._endpoint(name).contacts.pop(contact, None)
        else:
            self._endpoint(name).contacts[contact] = word


def host_port(uri: str) -> str:
    """`127.0.0.1:5062` of `<sip:101@127.0.0.1:5062;ob>`; empty where there is none."""
    return uri.strip("<>").partition(";")[0].rpartition("@")[2].removeprefix("sip:")

"""What everybody does now: free, rings, talks, away, at no phone. Told to all, live.

With whom somebody talks is not told here: that is the call's, and for those who may see it. Who
listens to a colleague is seen to be on the phone, and not that nobody hears him.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.bus import Audience, Bus, BusEvent
from crm.db import Clock
from crm.people.directory import Directories, Person
from crm.telephony.call_json import moment
from crm.telephony.views import CallView, DeviceView, PersonState
from pbx_bridge.directory import web_endpoint


@dataclass(frozen=True, slots=True)
class Busy:
    """An employee in a call. `state`: ringing, talking, held."""

    state: str
    since: datetime
    call_id: int


class Presence:
    """`reachable_are` is told by who watches the PBX; calls are heard on the bus."""

    def __init__(self, clock: Clock, bus: Bus, directories: Directories) -> None:
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._reachable: frozenset[str] | None = None
        self._since: dict[str, datetime] = {}  # endpoint -> when that changed
        self._calls: dict[int, dict[int, Busy]] = {}  # call -> user
        self._listening: dict[str, datetime] = {}  # extension -> since when
        self._told: dict[int, PersonState] = {}
        bus.listen(self._hear)

    def begin(self, calls: Iterable[CallView]) -> None:
        """What goes on when the program starts; nobody need be told of it."""
        self._calls = {call.id: busy_in([call]) for call in calls}
        for person in self._directories.now.people.values():
            self._told[person.id] = self._state(person, self._busy(person.id), set())

    def reachable_are(self, endpoints: frozenset[str] | None) -> None:
        """Endpoints with a phone registered; None: nobody knows."""
        now = self._clock()
        before, self._reachable = self._reachable, endpoints
        if before is not None and endpoints is not None:
            self._since |= dict.fromkeys(before ^ endpoints, now)
        self._tell(self._directories.now.people)

    def listening_are(self, extensions: frozenset[str]) -> None:
        """Supervisors' phones on which somebody is listened to."""
        known = {extension: self._clock() for extension in extensions}
        changed = known.keys() ^ self._listening.keys()
        self._listening = {it: self._listening.get(it, at) for it, at in known.items()}
        owners = (self._directories.now.user_of(extension) for extension in changed)
        self._tell({person.id for person in owners if person is not None})

    def devices(self, extension: str) -> tuple[DeviceView, ...]:
        """The desk phone, and the browser where one is registered."""
        desk = DeviceView(extension, "desk", self._registered(extension))
        if self._registered(web_endpoint(extension)):
            return (desk, DeviceView(extension, "browser", True))
        return (desk,)

    def people(self, busy: Mapping[int, Busy], seen: Iterable[int]) -> tuple[PersonState, ...]:
        """All who have an extension, by department and name. `seen`: calls that may be named."""
        people = [it for it in self._directories.now.people.values() if it.active and it.extensions]
        people.sort(key=lambda p: (p.department or "\uffff", p.name))
        visible = set(seen)
        return tuple(self._state(person, busy.get(person.id), visible) for person in people)

    def _registered(self, endpoint: str) -> bool | None:
        return None if self._reachable is None else endpoint in self._reachable

    def _state(self, person: Person, busy: Busy | None, seen: set[int]) -> PersonState:
        devices = tuple(it for number in person.extensions for it in self.devices(number))
        state, since = person.presence.value, None
        listens = [self._listening[it] for it in person.extensions if it in self._listening]
        if busy is not None and (busy.state == "talking" or not listens):
            state, since = busy.state, busy.since
        elif listens:
            state, since = "talking", min(listens)
        elif state == "free" and not any(it.registered is not False for it in devices):
            state = "offline"
            since = max(
                (self._since[it] for it in person.extensions if it in self._since), default=None
            )
        return PersonState(
            user_id=person.id,
            name=person.name,
            department=person.department,
            department_id=person.department_id,
            extensions=person.extensions,
            state=state,
            since=since,
            call_id=busy.call_id if busy and busy.call_id in seen else None,
            devices=devices,
        )

    # ---- live

    def _hear(self, event: BusEvent) -> None:
        if event.type.startswith("call.") and isinstance(event.data.get("call"), dict):
            self._hear_call(event.data["call"], event.data.get("merged", ()))
        elif event.type in ("user.presence", "user.changed", "directory.changed"):
            self._tell(self._directories.now.people)

    def _hear_call(self, call: Mapping[str, Any], merged: Iterable[int]) -> None:
        """`merged`: calls that turned out to be part of this one."""
        concerned: set[int] = set()
        for call_id in (call["id"], *merged):
            concerned |= self._calls.pop(call_id, {}).keys()
        if call["state"] != "ended":
            self._calls[call["id"]] = busy_in_json(call, self._who_dials(call))
            concerned |= self._calls[call["id"]].keys()
        self._tell(concerned)

    def _who_dials(self, call: Mapping[str, Any]) -> int | None:
        if call["direction"] == "inbound" or call["extension"] is None:
            return None
        owner = self._directories.now.user_of(call["extension"])
        return None if owner is None else owner.id

    def _tell(self, users: Iterable[int]) -> None:
        """Publish what of these people became different."""
        people = self._directories.now.people
        events = []
        for user_id in users:
            person = people.get(user_id)
            if person is None or not person.active or not person.extensions:
                continue
            state = self._state(person, self._busy(user_id), set())
            if self._told.get(user_id) != state:
                self._told[user_id] = state
                events.append(self._event(state))
        self._bus.publish(events)

    def _busy(self, user_id: int) -> Busy | None:
        found = [busy[user_id] for busy in self._calls.values() if user_id in busy]
        return max(found, key=_weight, default=None)

    def _event(self, state: PersonState) -> BusEvent:
        data = {
            "user": {"id": state.user_id, "name": state.name},
            "extensions": list(state.extensions),
            "state": state.state,
            "since": moment(state.since),
            "devices": [
                {"extension": it.extension, "kind": it.kind, "registered": it.registered}
                for it in state.devices
            ],
        }
        return BusEvent("presence.changed", self._clock(), data, Audience(everyone=True))


_WEIGHTS = {"ringing": 0, "held": 1, "talking": 2}


def _weight(busy: Busy) -> tuple[int, datetime]:
    """Who talks and has another call ringing, talks."""
    return _WEIGHTS[busy.state], busy.since


def busy_in(calls: Iterable[CallView]) -> dict[int, Busy]:
    """Who rings or talks in these calls, by user. Who is consulted, or dials, talks, too."""
    found: dict[int, Busy] = {}

    def note(user: int | None, busy: Busy) -> None:
        if user is not None and (user not in found or _weight(busy) > _weight(found[user])):
            found[user] = busy

    for call in calls:
        for ringing in call.ringing:
            note(ringing.person.user_id, Busy("ringing", ringing.since, call.id))
        holders = {person.user_id for person in call.held_by}
        for party in call.parties:
            if party.left_at is None and call.state != "ended":
                state = "held" if party.person.user_id in holders else "talking"
                since = max(call.answered_at or party.joined_at, party.joined_at)
                note(party.person.user_id, Busy(state, since, call.id))
        rung = {ringing.person.user_id for ringing in call.ringing}
        for consult in call.consults:
            if consult.to.user_id not in rung:
                note(consult.to.user_id, Busy("talking", consult.since, call.id))
        if call.state == "ringing" and call.placed_by and call.placed_by.user_id not in rung:
            note(call.placed_by.user_id, Busy("talking", call.started_at, call.id))
    return found


def busy_in_json(call: Mapping[str, Any], dials: int | None) -> dict[int, Busy]:
    """The same from the call's JSON, as the bus carries it. `dials`: whose phone placed it."""
    found: dict[int, Busy] = {}
    for one in call["ringing"]:
        if one["user_id"] is not None:
            found[one["user_id"]] = Busy("ringing", _at(one["since"]), call["id"])
    holders = {one["user_id"] for one in call["held_by"]}
    for one in call["parties"]:
        if one["user_id"] is not None and one["left_at"] is None:
            state = "held" if one["user_id"] in holders else "talking"
            since = max(_at(call["answered_at"] or one["joined_at"]), _at(one["joined_at"]))
            found[one["user_id"]] = Busy(state, since, call["id"])
    for consult in call["consults"]:
        if consult["to"]["user_id"] is not None:
            busy = Busy("talking", _at(consult["since"]), call["id"])
            found.setdefault(consult["to"]["user_id"], busy)
    if call["state"] == "ringing" and dials is not None:
        found.setdefault(dials, Busy("talking", _at(call["started_at"]), call["id"]))
    return found


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

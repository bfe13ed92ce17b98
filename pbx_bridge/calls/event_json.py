"""Events as the journal keeps them: plain JSON, and back."""

from dataclasses import fields
from enum import StrEnum
from typing import Any

from pbx_bridge.calls.events import (
    CallEvent,
    Direction,
    Joined,
    Loss,
    Outcome,
    Party,
    Side,
    TransferKind,
)

EVENT_TYPES: dict[str, type[CallEvent]] = {cls.type: cls for cls in CallEvent.__subclasses__()}
_OWN_FIELDS: dict[type[CallEvent], tuple[str, ...]] = {
    cls: tuple(field.name for field in fields(cls) if field.name not in ("call", "at", "key"))
    for cls in EVENT_TYPES.values()
}


def to_json(event: CallEvent) -> dict[str, Any]:
    """The event's own fields as plain JSON values, without call, at and key."""
    values = ((name, getattr(event, name)) for name in _OWN_FIELDS[type(event)])
    return {
        name: _party_json(value) if isinstance(value, Party) else value for name, value in values
    }


def _party_json(party: Party) -> dict[str, str | None]:
    # By hand: dataclasses.asdict copies deeply, and took a tenth of the time that a call costs.
    return {
        "extension": party.extension,
        "number": party.number,
        "line": party.line,
        "name": party.name,
    }


def from_json(type_: str, call: str, at: int, key: str, body: dict[str, Any]) -> CallEvent:
    """The reverse of `to_json`. Fields unknown to this version are ignored."""
    cls = EVENT_TYPES[type_]
    known: dict[str, Any] = {}
    for field in fields(cls):
        if field.name in body:
            value = body[field.name]
            known[field.name] = _revive(field.name, value)
    return cls(call=call, at=at, key=key, **known)


_ENUMS: dict[str, type[StrEnum]] = {
    "direction": Direction,
    "outcome": Outcome,
    "how": Joined,
    "kind": TransferKind,
    "ended_by": Side,
    "loss": Loss,
}


def _revive(name: str, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, dict):
        return Party(**value)
    return _ENUMS[name](value) if name in _ENUMS else value

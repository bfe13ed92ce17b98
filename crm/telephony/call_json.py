"""A call as plain JSON values: the same in `GET /calls/{id}` and in the events of `/live`."""

from datetime import datetime
from typing import Any

from crm.telephony.views import CallPerson, CallView, PartyView, RecordingView, TransferView


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def call_json(call: CallView) -> dict[str, Any]:
    """`answered_by`, and `by`, `to` of transfers: an extension, or an outside number."""
    return {
        "id": call.id,
        "direction": call.direction,
        "state": call.state,
        "outcome": call.outcome,
        "number": call.number,
        "withheld": call.withheld,
        "network_name": call.network_name,
        "line": call.line,
        "dialled": call.dialled,
        "extension": call.extension,
        "started_at": moment(call.started_at),
        "answered_at": moment(call.answered_at),
        "ended_at": moment(call.ended_at),
        "wait_seconds": call.wait_seconds,
        "talk_seconds": call.talk_seconds,
        "answered_by": _who(call.answered_by),
        "answered_by_name": call.answered_by.name if call.answered_by else None,
        "owner": _who(call.owner),
        "owner_name": call.owner.name if call.owner else None,
        "ended_by_side": call.ended_by_side,
        "cause": call.cause,
        "assumed": call.assumed,
        "parties": [_party(party) for party in call.parties],
        "transfers": [_transfer(transfer) for transfer in call.transfers],
        "ringing": [
            {**person_json(ringing.person), "since": moment(ringing.since)}
            for ringing in call.ringing
        ],
        "consults": [
            {
                "by": person_json(consult.by),
                "to": person_json(consult.to),
                "since": moment(consult.since),
            }
            for consult in call.consults
        ],
        "held_by": [person_json(person) for person in call.held_by],
        "recording": call.recording,
        "cards": [
            {
                "type": str(item.card.type),
                "id": item.card.id,
                "name": item.card.name,
                "attached": item.attached,
            }
            for item in call.cards
        ],
        "recordings": [recording_json(recording) for recording in call.sounds],
        "quality": call.quality,
    }


def person_json(person: CallPerson) -> dict[str, Any]:
    return {
        "extension": person.extension,
        "number": person.number,
        "name": person.name,
        "user_id": person.user_id,
    }


def _who(person: CallPerson | None) -> str | None:
    return None if person is None else person.extension or person.number


def _party(party: PartyView) -> dict[str, Any]:
    return {
        **person_json(party.person),
        "line": party.line,
        "how": party.how,
        "joined_at": moment(party.joined_at),
        "left_at": moment(party.left_at),
    }


def _transfer(transfer: TransferView) -> dict[str, Any]:
    return {
        "kind": transfer.kind,
        "by": _who(transfer.by),
        "to": _who(transfer.to),
        "at": moment(transfer.at),
        "returned": transfer.returned,
    }


def recording_json(recording: RecordingView) -> dict[str, Any]:
    """`url` is null while there is nothing to hear, and for those who may not hear it."""
    url = f"/api/v1/recordings/{recording.id}/audio" if recording.audible else None
    return {
        "id": recording.id,
        "state": recording.state,
        "seconds": recording.seconds,
        "channels": recording.channels,
        "condition": recording.condition,
        "problems": list(recording.problems),
        "gaps": [list(gap) for gap in recording.gaps],
        "url": url,
    }

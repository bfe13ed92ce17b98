"""Whom an actor may listen to: rights are by the department of the employee, not of the call."""

from crm.people.directory import Directory
from crm.people.permissions import Action, Actor, allows
from crm.telephony.views import CallView


def supervisable(directory: Directory, actor: Actor, call: CallView) -> tuple[str, ...]:
    """Extensions in the call that the actor may listen to now."""
    if call.state not in ("talking", "held"):
        return ()
    return tuple(
        party.person.extension
        for party in call.parties
        if party.left_at is None
        and party.person.extension
        and party.person.extension not in actor.extensions
        and allows(
            actor, Action.LISTEN_IN, departments=departments_of(directory, party.person.extension)
        )
    )


def departments_of(directory: Directory, extension: str) -> tuple[int | None, ...]:
    """Of whose phone it is; a phone that is nobody's is in no department."""
    person = directory.user_of(extension)
    return (person.department_id,) if person is not None else ()

"""Who may take a call that rings at somebody else's phone (T5)."""

from collections.abc import Iterable

from crm.people.directory import Directory
from crm.people.permissions import Action, Actor, Scope, allows_for, scope
from crm.telephony.views import CallView
from pbx_bridge.asterisk.dialplan import PICKUP_ALIAS, PICKUP_CODE


def pickup_code(dialled: str) -> str | None:
    """The extension at which somebody who dials this code wants what rings, empty for any of the
    group; None if it is no such code.
    """
    dialled = dialled.strip()
    if dialled in (PICKUP_CODE, PICKUP_ALIAS):
        return ""
    where = dialled.removeprefix(PICKUP_CODE)
    return where if where != dialled and where.isdecimal() else None


def wanted(
    directory: Directory, actor: Actor, calls: Iterable[CallView], where: str
) -> CallView | None:
    """Of `calls` that the actor sees, the oldest first, that which a dialled pickup code means.

    `where`: as `pickup_code` has it.
    """
    ringing = [call for call in calls if call.state == "ringing"]
    if where:
        at = [it for it in ringing if any(where == one.person.extension for one in it.ringing)]
        return next(iter(at), None)
    may = [call for call in ringing if may_pick_up(directory, actor, call)]
    mine = {directory.phones[it].pickup_group for it in actor.extensions if it in directory.phones}
    return min(may, key=lambda call: not _groups(directory, call) & (mine - {None}), default=None)


def _groups(directory: Directory, call: CallView) -> set[str | None]:
    """In which it rings."""
    rings_at = {one.person.extension for one in call.ringing} - {None}
    return {directory.phones[it].pickup_group for it in rings_at if it in directory.phones}


def may_pick_up(directory: Directory, actor: Actor, call: CallView) -> bool:
    """As from a phone: within the pickup group of a phone that rings. A phone without a group is
    for those who may pick up in its department; whoever may pick up anywhere, anywhere.
    """
    rings_at = {one.person.extension for one in call.ringing} - {None, *actor.extensions}
    if call.state != "ringing" or not rings_at or not actor.extensions:
        return False
    if scope(actor, Action.PICK_UP) is Scope.ANY:
        return True
    phones = [directory.phones[it] for it in rings_at if it in directory.phones]
    mine = {directory.phones[it].pickup_group for it in actor.extensions if it in directory.phones}
    if any(phone.pickup_group and phone.pickup_group in mine for phone in phones):
        return True
    return any(not phone.pickup_group for phone in phones) and allows_for(
        actor, Action.PICK_UP, call.audience
    )

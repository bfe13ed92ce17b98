"""Who may take a call that rings at somebody else's phone (T5)."""

from crm.people.directory import Directory
from crm.people.permissions import Action, Actor, Scope, allows_for, scope
from crm.telephony.views import CallView


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

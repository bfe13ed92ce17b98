"""The strip of a supervisor who listens to a call."""

from aiohttp import web

from crm.people.permissions import Action, Scope, scope
from crm.telephony.supervision import Listening
from web.context import CONTEXT, actor_of
from web.rendering import render


async def listening(request: web.Request) -> web.StreamResponse:
    """GET /supervision: whom I listen to now"""
    return render(request, "phone/listening.html", {"listening": await listening_of(request)})


async def listening_of(request: web.Request) -> Listening | None:
    actor = actor_of(request)
    if scope(actor, Action.LISTEN_IN) is Scope.NONE:
        return None
    return await request.app[CONTEXT].crm.supervision.mine(actor)

"""What surrounds every page: the user's lines, state, live calls and counters."""

from dataclasses import dataclass

from aiohttp import web

from crm.people import permissions
from crm.telephony.supervision import Listening
from crm.telephony.views import LineChoice
from web.context import CONTEXT, actor_of
from web.handlers.listening import listening_of
from web.handlers.strip import StripCall, strip_of

PANEL_COOKIE = "hovorna_panel"
RAIL_COOKIE = "hovorna_rail"


@dataclass(frozen=True, slots=True)
class Colleague:
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Frame:
    """`devices`: the user's extensions. `missed`: calls to call back that are his to see.
    `softphone`: this browser can be his phone. `mobile`: his own, E.164, which can be called first.
    """

    panel_open: bool
    rail_narrow: bool
    presence: str
    devices: tuple[str, ...]
    lines: tuple[LineChoice, ...]
    colleagues: tuple[Colleague, ...]
    missed: int
    demo: bool
    may_manage: bool
    strip: tuple[StripCall, ...]
    listening: Listening | None
    softphone: bool
    mobile: str | None


async def frame_of(request: web.Request) -> Frame:
    context, actor = request.app[CONTEXT], actor_of(request)
    crm = context.crm
    me = await crm.people.get_user(actor, actor.id)
    extensions = await crm.lines.list_extensions(actor)
    return Frame(
        panel_open=request.cookies.get(PANEL_COOKIE) == "1",
        rail_narrow=request.cookies.get(RAIL_COOKIE) == "1",
        presence=me.presence.value,
        devices=actor.extensions,
        lines=await crm.phone.lines_for(actor),
        colleagues=tuple(
            Colleague(one.number, one.name)
            for one in extensions
            if one.number not in actor.extensions
        ),
        missed=await crm.missed.count(actor),
        demo=context.demo is not None,
        may_manage=permissions.may_administer(actor),
        strip=await strip_of(request),
        listening=await listening_of(request),
        softphone=bool(actor.extensions) and context.settings.pbx == "bundled",
        mobile=me.mobile,
    )

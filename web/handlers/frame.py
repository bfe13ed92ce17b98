"""What surrounds every page: the user's lines, state, live calls and counters."""

from dataclasses import dataclass
from hashlib import blake2b

from aiohttp import web

from crm.people import permissions
from crm.telephony.supervision import Listening
from crm.telephony.views import LineChoice
from web.context import CONTEXT, actor_of
from web.handlers.listening import listening_of
from web.handlers.strip import StripCall, strip_of
from web.rendering import RENDERING, language_of

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
    `drawn_for`: what it depends on, as `drawn_for` says.
    """

    drawn_for: str
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

    @property
    def in_call(self) -> bool:
        return bool(self.strip) or self.listening is not None


DRAWN_FOR = "X-Drawn-For"


def drawn_for(request: web.Request) -> str:
    """Short, and another one when the reader's rights, phones or language, or the program, have
    become others. The page sends it back, for the frame stays while pages come and go."""
    actor = actor_of(request)
    who = (actor.role.value, actor.name, actor.extensions, actor.timezone)
    what = (language_of(request).code, sorted(request.app[RENDERING].bundle.items()))
    return blake2b(repr((who, what)).encode(), digest_size=8).hexdigest()


def is_outdated(request: web.Request) -> bool:
    """Whether the frame that asks for this page was drawn for something else."""
    sent = request.headers.get(DRAWN_FOR)
    return sent is not None and sent != drawn_for(request)


async def frame_of(request: web.Request) -> Frame:
    context, actor = request.app[CONTEXT], actor_of(request)
    crm = context.crm
    me = await crm.people.get_user(actor, actor.id)
    extensions = await crm.lines.list_extensions(actor)
    return Frame(
        drawn_for=drawn_for(request),
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

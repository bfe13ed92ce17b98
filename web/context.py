"""What the handlers stand on: one object wired in `hovorna`, found by `request.app[CONTEXT]`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aiohttp import web

from config.settings import Settings
from crm.app import Crm
from crm.people.permissions import Actor
from recordings.store import RecordingStore
from web.ports import Demo, LineTest, Status


@dataclass(frozen=True, slots=True)
class AppContext:
    """`static`: the folder with the bundle. `clock`: now, aware, UTC.

    `demo`: only in the demo. `line_test`: where lines can be tested from here.
    """

    settings: Settings
    crm: Crm
    store: RecordingStore
    status: Status
    clock: Callable[[], datetime]
    static: Path = field(default=Path(__file__).with_name("static"))
    demo: Demo | None = None
    line_test: LineTest | None = None


CONTEXT = web.AppKey("context", AppContext)
ACTOR = web.RequestKey("actor", Actor)
REQUEST_ID = web.RequestKey("request_id", str)


def actor_of(request: web.Request) -> Actor:
    """Who asks. Every route that is not `@public` has one."""
    return request[ACTOR]

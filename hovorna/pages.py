"""The web part of a running Hovorna.

Apart from the house, for its libraries take longer to load than those of all other parts, and are
loaded while the PBX starts.
"""

import asyncio
import random
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass
from socket import socket

from aiohttp import web

from config.settings import Settings
from crm.app import Crm
from crm.db import utc_now
from hovorna.demo_company import DemoCompany
from hovorna.exchange import Exchange
from hovorna.provider import ProviderTest
from hovorna.sample import SampleInfo
from hovorna.status import HouseStatus
from recordings.store import RecordingStore
from web.app import create_app, make_runner
from web.context import AppContext


@dataclass(frozen=True, slots=True)
class Pages:
    settings: Settings
    crm: Crm
    store: RecordingStore
    status: HouseStatus
    exchange: Exchange

    def demo(self, company: SampleInfo) -> DemoCompany:
        """Its people come to their desks when it is started."""
        return DemoCompany(self.settings, company, self.exchange, random.Random())

    async def open(
        self,
        at: socket,
        tls: ssl.SSLContext | None,
        demo: DemoCompany | None,
        stack: AsyncExitStack,
    ) -> None:
        """Answer requests at this listening socket until the stack ends it."""
        test = ProviderTest(self.crm, self.exchange)
        context = AppContext(
            self.settings, self.crm, self.store, self.status, utc_now, demo=demo, line_test=test
        )
        runner = make_runner(await asyncio.to_thread(create_app, context))
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, at, ssl_context=tls).start()

"""One furnished company behind a real server, and Debian's Chromium in front of it."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from crm.clients.views import CardView
from crm.people.views import UserData
from tests.browser.company import Caller, furnish
from tests.chromium import executable
from tests.unit.web.house import PASSWORD, House, open_house
from web.auth import SESSION_COOKIE

FLAGS = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
MANIFEST = Path("web/static/bundle/manifest.json")

T = TypeVar("T")


@dataclass
class Company:
    """The server runs in a thread of its own; `run` does something in its loop and waits."""

    house: House
    caller: Caller
    cards: dict[str, CardView]
    loop: asyncio.AbstractEventLoop
    url: str

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def settle(self) -> None:
        """What a test left, also one that failed, is no other test's: calls end, the telephone
        obeys. Calls that were placed on the telephone of paper never begin: they are swept away.
        """
        self.house.telephony.refuse = None
        self.run(self.caller.end_all())
        self.house.clock.pass_(seconds=61)
        self.run(self.house.crm.phone.sweep())

    def name(self, contact: int) -> str:
        return self.cards[f"contact{contact}"].name

    def session(self, login: str) -> str:
        """A new session's token, as the sign-in page would have set it."""
        made = self.run(self.house.crm.sign_in.sign_in(login, PASSWORD))
        return made.token


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    assert MANIFEST.is_file(), "the front end is not bundled: node web/bundle.mjs"
    folder = tmp_path_factory.mktemp("company")
    (folder / "data").mkdir()
    opened: list[Company] = []
    ready, leave = threading.Event(), asyncio.Event()
    failures: list[BaseException] = []

    async def live() -> None:
        async with open_house(folder / "data") as house:
            await _seat_admin(house)
            cards = await furnish(house, folder)
            url = str(house.client.make_url("")).rstrip("/")
            loop = asyncio.get_running_loop()
            opened.append(Company(house, Caller(house, first=1000), cards, loop, url))
            ready.set()
            await leave.wait()

    def main() -> None:
        try:
            asyncio.run(live())
        except BaseException as error:
            failures.append(error)
            ready.set()

    thread = threading.Thread(target=main, name="company")
    thread.start()
    assert ready.wait(50)
    if failures:
        raise failures[0]
    yield opened[0]
    opened[0].loop.call_soon_threadsafe(leave.set)
    thread.join(20)
    assert not failures, failures


async def _seat_admin(house: House) -> None:
    """The administrator gets a phone of his own, and a second line to choose."""
    admin = house.actors["admin"]
    await house.crm.lines.save_line(
        admin,
        {"name": "line2", "number": "+420222000002", "label": "Support", "country": "CZ",
         "mode": "accept"},
    )  # fmt: skip
    lines = ["line1", "line2"]
    await house.crm.people.update_user(admin, admin.id, {"lines": lines, "default_line": "line1"})
    await house.crm.lines.create_extension(admin, {"number": "110", "user_id": admin.id})
    karla: UserData = {"login": "karla", "name": "Karla Česká", "role": "supervisor"}
    await house.crm.people.create_user(None, {**karla, "password": PASSWORD})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ends with its module: while Playwright runs, this thread can run no other event loop."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        yield started
        started.close()


@dataclass
class Desk:
    """Opens pages as somebody. Whatever the browser complains of fails the test at its end."""

    company: Company
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def page(
        self, login: str | None = "admin", *, size: dict[str, int] | None = None, **options: Any
    ) -> Page:
        options.setdefault("locale", "en-GB")
        context = self.browser.new_context(
            base_url=self.company.url,
            viewport=size or DESKTOP,  # type: ignore[arg-type]
            **options,
        )
        context.set_default_timeout(5000)
        self.contexts.append(context)
        if login is not None:
            token = self.company.session(login)
            context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": self.company.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(f"{message.type}: {message.text}")
                if message.type in ("error", "warning")
                else None
            ),
        )
        return page

    def forgive(self, text: str) -> None:
        """This complaint was wanted: an answer with an error status is one."""
        self.complaints[:] = [one for one in self.complaints if text not in one]


@pytest.fixture
def desk(company: Company, browser: Browser) -> Iterator[Desk]:
    opened = Desk(company, browser)
    yield opened
    company.settle()
    for context in opened.contexts:
        context.close()
    assert opened.complaints == []

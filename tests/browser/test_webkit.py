"""The pages in WebKit, Safari's engine. Debian's has no WebRTC: its telephone is not tried here."""

from collections.abc import Iterator

import pytest

from crm.clients.models import CardType
from pbx_bridge.calls.events import Outcome
from tests.browser.conftest import Company
from tests.browser.demo import PaperDemo, demo  # noqa: F401  a fixture
from tests.browser.pages import addresses
from tests.browser.test_phone import finish, ring
from tests.browser.webkit import WebKit, webkit, why_absent

ABSENT = why_absent()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.usefixtures("demo"),
    pytest.mark.skipif(ABSENT is not None, reason=ABSENT or ""),
]

LIVE = "document.documentElement.dataset.live === 'on'"


@pytest.fixture(scope="module")
def safari(company: Company) -> Iterator[WebKit]:
    with webkit(company.url) as started:
        started.sign_in(company.session("admin"))
        yield started


@pytest.mark.parametrize("width", [1440, 500])  # it makes no window smaller than that
def test_every_page_works_and_is_whole(safari: WebKit, company: Company, width: int) -> None:
    safari.resize(width, 900)
    wide = "document.documentElement.scrollWidth > innerWidth"
    for path in addresses(company):
        safari.go(path)
        safari.becomes(LIVE)
        assert not safari.run(f"return {wide}"), path


def test_a_call_is_followed_without_reload(safari: WebKit, company: Company) -> None:
    safari.go("/board")
    safari.becomes(LIVE)
    call = ring(company, "+420777000030", "110")
    name = company.name(30)
    safari.becomes(f"document.querySelector('#strip').textContent.includes({name!r})")
    finish(company, call, Outcome.MISSED)
    safari.becomes("document.querySelector('#strip .strip-call') === null")


def test_a_long_text_is_seen_to_its_end(safari: WebKit, company: Company) -> None:
    clients, admin = company.house.crm.clients, company.house.actors["admin"]
    made = clients.create_card(admin, CardType.CONTACT, {"name": "Velmi dlouhé jméno " * 10})
    safari.resize(1440, 900)
    safari.go(f"/contacts/{company.run(made).id}")
    safari.becomes(
        "((it) => it.scrollHeight <= it.clientHeight + 1)(document.querySelector('#fact-name'))"
    )


def test_a_browser_without_a_telephone_says_so(safari: WebKit, company: Company) -> None:
    safari.go("/board")
    safari.becomes(LIVE)
    if safari.run("return 'RTCPeerConnection' in window"):
        pytest.skip("this WebKit has a telephone")
    safari.run("document.querySelector('[data-device-choice]').click()")
    safari.becomes("document.querySelector('[data-phone-problem=unsupported]').hidden === false")
    safari.run("document.querySelector('[data-device-choice]').click()")
    safari.becomes("document.documentElement.dataset.phone === 'off'")

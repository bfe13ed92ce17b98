"""Every address of the program that is a page by itself."""

from crm.telephony.views import CallFilter
from tests.browser.conftest import Company

PLAIN = (
    "/board", "/calls", "/calls?direction=inbound&outcome=missed&q=777", "/calls?q=nothing-like-it",
    "/calls/missed", "/leads", "/contacts", "/contacts?q=nothing-like-it", "/companies",
    "/recordings", "/recordings?q=nothing-like-it", "/leads/new", "/contacts/new",
    "/companies/new", "/profile", "/profile/keys", "/try", "/settings/users",
    "/settings/users/new", "/settings/departments", "/settings/extensions",
    "/settings/extensions/new", "/settings/extensions/101", "/settings/lines",
    "/settings/lines/new", "/settings/lines/line1", "/settings/statuses", "/settings/statuses/new",
    "/settings/audit", "/settings/audit?subject=token&since=today", "/settings/limits",
    "/softphone", "/dial-link?number=tel:+420777000001",
)  # fmt: skip


def addresses(company: Company) -> tuple[str, ...]:
    """The plain ones, and one of each kind of card, call, user and status."""
    cards = company.cards
    return (
        *PLAIN,
        f"/contacts/{cards['contact0'].id}",
        f"/contacts/{cards['nasty'].id}",
        f"/companies/{cards['bakery'].id}",
        f"/leads/{cards['lead'].id}",
        *(f"/calls/{call_id}" for call_id in _calls(company)),
        f"/settings/users/{company.house.actors['admin'].id}",
        "/settings/statuses/1",
    )


def dialogs(company: Company) -> dict[str, str]:
    """Address of what opens over a page: where it leads when it is opened by itself."""
    call = next(iter(_calls(company)))
    lead = f"/leads/{company.cards['lead'].id}"
    pages = {f"{lead}/{name}": lead for name in ("convert", "phones", "company")}
    return pages | {f"/calls/{call}/move": f"/calls/{call}"}


def _calls(company: Company) -> tuple[int, ...]:
    """A call of every direction and outcome that there is."""
    house = company.house
    listed = company.run(house.crm.calls.list_calls(house.actors["admin"], CallFilter(), limit=200))
    kinds = {(call.direction, call.outcome, bool(call.recordings)): call for call in listed.items}
    return tuple(call.id for call in kinds.values())

"""The audit: a list by who, what kind of thing, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from crm.people.views import AuditFilter, AuditView
from web.audit_words import audit_subjects
from web.card_words import card_path
from web.context import CONTEXT, actor_of
from web.handlers.lists import PAGE_ROWS, Address, Chip, Rows, chip, rows_of
from web.handlers.pages import fragment, page
from web.handlers.times import since, spans
from web.rendering import gettext_of

FILTERS = ("employee", "subject", "since")


@dataclass(frozen=True, slots=True)
class Target:
    """What an entry is about: its name, and where to look at it."""

    name: str
    href: str | None


async def audit(request: web.Request) -> web.StreamResponse:
    """GET /settings/audit"""
    address = Address.of(request, "/settings/audit")
    context = {
        **await _rows(request, address),
        "chips": await _chips(request, address),
        "filtered": address.is_filtered(*FILTERS),
    }
    return await page(request, "settings/audit.html", context)


async def audit_rows(request: web.Request) -> web.StreamResponse:
    """GET /settings/audit/rows: the next page"""
    context = await _rows(request, Address.of(request, "/settings/audit"))
    return await fragment(request, "settings/audit_rows.html", context)


async def _rows(request: web.Request, address: Address) -> dict[str, object]:
    wanted = AuditFilter(
        subject=address.get("subject"),
        user=address.number("employee"),
        since=since(request, address.get("since")),
    )
    found = await request.app[CONTEXT].crm.people.list_audit(
        actor_of(request), wanted, limit=PAGE_ROWS, cursor=request.query.get("cursor")
    )
    rows: Rows[AuditView] = rows_of(address, found)
    return {"rows": rows, "targets": await _targets(request, found.items)}


async def _chips(request: web.Request, address: Address) -> list[Chip]:
    _ = gettext_of(request)
    people = await request.app[CONTEXT].crm.people.list_users(actor_of(request))
    subjects = sorted(audit_subjects(_).items(), key=lambda it: it[1])
    return [
        chip(address, "since", _("When"), spans(_)),
        chip(address, "employee", _("Who"), [(str(one.id), one.name) for one in people]),
        chip(address, "subject", _("On"), subjects),
    ]


async def _targets(request: web.Request, entries: Iterable[AuditView]) -> dict[int, Target]:
    """By the entry's id; what is not there any more has none, or no address."""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    known: dict[tuple[str, int], Target] = {}
    for user in await crm.people.list_users(actor):
        known["user", user.id] = Target(user.name, f"/settings/users/{user.id}")
    for department in await crm.people.list_departments(actor):
        known["department", department.id] = Target(department.name, "/settings/departments")
    for phone in await crm.lines.list_extensions(actor):
        path = f"/settings/extensions/{phone.number}"
        known["extension", phone.id] = Target(f"{phone.number} {phone.name}", path)
    for line in await crm.lines.list_lines(actor):
        known["line", line.id] = Target(line.label, f"/settings/lines/{line.name}")
    entries = [entry for entry in entries if entry.subject_id is not None]
    cards = [entry.subject_id for entry in entries if entry.subject == "card" and entry.subject_id]
    for id_, ref in (await crm.clients.names_of(actor, cards)).items():
        known["card", id_] = Target(ref.name, card_path(ref))
    found: dict[int, Target] = {}
    for entry in entries:
        subject, id_ = entry.subject, entry.subject_id or 0
        if (target := known.get((subject, id_))) is not None:
            found[entry.id] = target
        elif subject == "call":
            found[entry.id] = Target(str(id_), f"/calls/{id_}")
    return found

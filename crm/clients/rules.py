"""What a card's fields may hold."""

from dataclasses import dataclass, field
from typing import Any

from crm.clients.models import CardType
from crm.clients.numbers import normalize
from crm.clients.views import CardData, PhoneView
from crm.people.directory import Directory
from crm.text import clean, clean_block
from crm.validation import Checker, is_email

PHONE_KINDS = ("main", "mobile", "work", "home", "fax", "other")
MOST_PHONES = 50
MOST_FIELDS = 50
SOURCES = ("manual", "call", "import", "web", "api", "other")


@dataclass(frozen=True, slots=True)
class CardChange:
    """Checked values. `columns` are the table's own; None for phones and emails: unchanged."""

    columns: dict[str, Any] = field(default_factory=dict)
    phones: tuple[PhoneView, ...] | None = None
    emails: tuple[str, ...] | None = None
    status: str | None = None


def check_card(
    type_: CardType, data: CardData, directory: Directory, country: str, *, new: bool
) -> CardChange:
    """Raises Invalid with every field's fault. A lead without a name is called by its number."""
    check = Checker(data)
    columns: dict[str, Any] = {}
    phones = _phones(check, directory, country) if check.has("phones") else None
    emails = _emails(check) if check.has("emails") else None
    if new or check.has("name"):
        nameless = type_ is CardType.LEAD and bool(phones or emails)
        columns["name"] = check.text("name", 200, required=not nameless)
    for name, limit in (("title", 200), ("position", 100)):
        if check.has(name):
            columns[name] = check.optional(name, limit)
    for name in ("company_id", "responsible_id"):
        if check.has(name):
            columns[name] = check.reference(name)
    if (responsible := columns.get("responsible_id")) and responsible not in directory.people:
        check.fault("responsible_id", "there is no such user")
    if type_ is not CardType.CONTACT and columns.get("company_id"):
        check.fault("company_id", "only a contact has a company")
    if check.has("comment"):
        columns["comment"] = check.text("comment", 20_000, block=True)
    if check.has("source"):
        columns["source"] = check.choice("source", SOURCES)
    if check.has("fields"):
        columns["fields"] = _fields(check)
    status = check.text("status", 30, required=True) if check.has("status") else None
    if status is not None and type_ is not CardType.LEAD:
        check.fault("status", "only a lead has a status")
    check.done()
    return CardChange(columns, phones, emails, status)


def _phones(check: Checker, directory: Directory, country: str) -> tuple[PhoneView, ...]:
    phones: dict[str, PhoneView] = {}
    for position, item in enumerate(check.items("phones", MOST_PHONES)):
        where = f"phones.{position}"
        if isinstance(item, str):
            item = {"number": item}
        if not isinstance(item, dict) or not isinstance(item.get("number"), str):
            check.fault(f"{where}.number", "must be a telephone number")
            continue
        kind = item.get("kind") or "main"
        if kind not in PHONE_KINDS:
            check.fault(f"{where}.kind", f"must be one of {', '.join(PHONE_KINDS)}")
            continue
        number = normalize(item["number"], country)
        if number is None:
            check.fault(f"{where}.number", "is not a telephone number")
        elif number in directory.own_numbers:
            check.fault(f"{where}.number", "is the company's own number")
        elif number in directory.not_clients:
            check.fault(f"{where}.number", "is the mobile of somebody who works here")
        else:
            phones.setdefault(number, PhoneView(number, kind))
    return tuple(phones.values())


def _emails(check: Checker) -> tuple[str, ...]:
    emails: dict[str, None] = {}
    for position, item in enumerate(check.items("emails", 50)):
        address = item.strip() if isinstance(item, str) else ""
        if not is_email(address):
            check.fault(f"emails.{position}", "is not an e-mail address")
        else:
            emails[address.lower()] = None
    return tuple(emails)


def _fields(check: Checker) -> dict[str, Any]:
    """Simple fields of one's own: short names to text, numbers, true or false."""
    value = check.data.get("fields") or {}
    if not isinstance(value, dict) or len(value) > MOST_FIELDS:
        check.fault("fields", f"must be at most {MOST_FIELDS} names with values")
        return {}
    for name, item in value.items():
        if not isinstance(name, str) or not 1 <= len(name) <= 50:
            check.fault("fields", "names must have 1 to 50 characters")
        elif not isinstance(item, str | int | float | bool | None) or len(str(item)) > 1000:
            check.fault(f"fields.{name}", "must be text, a number, true or false")
    cleaned = {
        clean(str(name), 50): clean_block(item, 1000) if isinstance(item, str) else item
        for name, item in value.items()
    }
    return {name: item for name, item in cleaned.items() if name and item not in (None, "")}

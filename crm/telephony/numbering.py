"""Which number of a call is the client's."""

from crm.clients.numbers import normalize
from crm.people.directory import Directory
from crm.text import clean


def country_of_line(directory: Directory, line: str | None, default: str) -> str:
    """ISO 3166-1 alpha-2: how a number without a prefix on this line is to be read."""
    found = directory.lines.get(line) if line else None
    return found.country if found else default


def stored_number(raw: str | None, country: str) -> str | None:
    """E.164 where it is a public number, else what was dialled, cut to what a column holds."""
    if not raw:
        return None
    return normalize(raw, country) or clean(raw, 40) or None


def client_number(raw: str | None, country: str, directory: Directory) -> str | None:
    """E.164 of a client; None for extensions, short codes and numbers of those who work here."""
    number = normalize(raw, country) if raw else None
    if number is None or number in directory.not_clients:
        return None
    return number

"""Values out of forms, and errors into them."""

import re
from collections.abc import Mapping, Sequence

from aiohttp import web
from multidict import MultiDictProxy

from crm.clients.views import PhoneData
from crm.errors import Conflict, Invalid
from web.faults import say_fault
from web.rendering import gettext_of

Form = MultiDictProxy[str | bytes | bytearray | web.FileField]

_PHONE_FIELD = re.compile(r"phone-(\d{1,3})\Z")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


async def form_of(request: web.Request) -> Form:
    return await request.post()


def words(form: Form, name: str, *, strip: bool = True) -> str:
    """The field's text, "" if it was not sent. Browsers end lines with CR LF; we do not."""
    value = form.get(name, "")
    if not isinstance(value, str):
        return ""
    text = _SURROGATES.sub("\ufffd", value).replace("\r\n", "\n")
    return text.strip() if strip else text


def chosen(form: Form, name: str, allowed: Sequence[str]) -> str | None:
    """The field's value if it is one of these."""
    value = words(form, name)
    return value if value in allowed else None


def whole(form: Form, name: str) -> int | None:
    """A whole number; None if empty. Raises Invalid for anything else."""
    value = words(form, name)
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 18):
        raise Invalid({name: "must be a whole number"})
    return int(value)


def whole_or_text(form: Form, name: str) -> int | str | None:
    """As `whole`, but what is no number stays: to be told of with what else is wrong."""
    try:
        return whole(form, name)
    except Invalid:
        return words(form, name)


def ids(form: Form, name: str = "ids") -> list[int]:
    """Numbers of the picked rows."""
    values = form.getall(name, [])
    return [int(v) for v in values if isinstance(v, str) and v.isascii() and v.isdigit()][:1000]


def texts(form: Form, name: str) -> list[str]:
    return [value for value in form.getall(name, []) if isinstance(value, str) and value]


def phones(form: Form) -> list[PhoneData]:
    """The rows `phone-N`, `kind-N` in the order of the form, without the empty ones."""
    rows: list[PhoneData] = []
    for name in form:
        found = _PHONE_FIELD.match(name)
        if found is not None and (number := words(form, name)):
            rows.append({"number": number, "kind": words(form, f"kind-{found[1]}") or "main"})
    return rows


def emails(text: str) -> list[str]:
    return [part for part in re.split(r"[,;\s]+", text) if part]


def country_codes(text: str) -> list[str]:
    """ "cz, sk DE" as codes; what is none stays, to be told of."""
    return [code.upper() for code in re.split(r"[\s,;]+", text) if code]


def inside(target: str | None) -> str:
    """Only a path of ours, else "/": nobody is led to another site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    return target if target.isprintable() else "/"


def translated(request: web.Request, error: Invalid | Conflict) -> dict[str, str]:
    """Field -> what is wrong, in the reader's language. The empty name is the whole form."""
    _ = gettext_of(request)
    fields: Mapping[str, str] = error.fields if isinstance(error, Invalid) else {"": str(error)}
    return {name: say_fault(text, _) for name, text in fields.items()}

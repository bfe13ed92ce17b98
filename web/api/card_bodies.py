"""Bodies and queries of requests about cards: leads, contacts, companies."""

from pydantic import Field

from crm.clients.models import StatusKind
from web.api.operation import MAX_ID, Body, Id, PageQuery, Query

FieldValue = str | int | float | bool | None


class PhoneBody(Body):
    """`number` in any usual way; `kind`: main, mobile, work, home, fax, other."""

    number: str
    kind: str = "main"


class CardBody(Body):
    name: str = ""
    phones: list[PhoneBody] = Field(default_factory=list)
    emails: list[str] = Field(default_factory=list)
    responsible_id: Id | None = None
    source: str = "api"
    comment: str = ""
    fields: dict[str, FieldValue] = Field(default_factory=dict)


class Changes(Body):
    """`version`, if given, must be the card's: else somebody changed it meanwhile (409)."""

    version: int | None = None


class LeadBody(CardBody):
    """`status`: a status's code. A lead without a name is called by its number."""

    title: str | None = None
    status: str = ""


class ContactBody(CardBody):
    company_id: Id | None = None
    position: str | None = None


class LeadChanges(LeadBody, Changes):
    pass


class ContactChanges(ContactBody, Changes):
    pass


class CompanyChanges(CardBody, Changes):
    pass


class NewContactBody(ContactBody):
    name: str


class NewCompanyBody(CardBody):
    name: str


class ConvertBody(Body):
    """`contact`: what differs from the lead's own; or `contact_id`: into one that is there.

    `company`: a new one, or `company_id`; left out: none.
    """

    contact: ContactBody | None = None
    contact_id: Id | None = None
    company: NewCompanyBody | None = None
    company_id: Id | None = None


class NoteBody(Body):
    text: str


class StatusBody(Body):
    """`position`: place in the list, from 0; left out: the last for a new one."""

    name: str
    kind: StatusKind = StatusKind.OPEN
    color: str = "blue"
    position: int | None = Field(None, ge=0, le=1000)


class MoveQuery(Query):
    """`move_to`: the status that its leads get."""

    move_to: Id


class CardQuery(PageQuery):
    """`responsible`: a user's id, 0 for none. `order`: name, created, active; `-` turns it."""

    q: str = Field("", max_length=200)
    responsible: int | None = Field(None, ge=0, le=MAX_ID)
    source: str | None = None
    line: str | None = None
    order: str | None = None


class LeadQuery(CardQuery):
    """`status`: a status's code; `open`: whether its status is an open one."""

    status: str | None = None
    open: bool | None = None


class ContactQuery(CardQuery):
    company: Id | None = None


class SearchQuery(Query):
    q: str = Field(max_length=200)
    limit: int = Field(10, ge=1, le=50)


class LookupQuery(Query):
    """`country`: ISO 3166-1 alpha-2, of a number without a prefix; default: the company's."""

    number: str = Field(max_length=100)
    country: str | None = Field(None, pattern="^[A-Za-z]{2}$")

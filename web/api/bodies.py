"""Bodies of requests about people. Fields are those of the services' TypedDicts.

Here only form is checked (types, unknown fields); what a value may be, the services say.
"""

from pydantic import Field

from crm.people.models import Presence, Role
from pbx_bridge.directory import RecordMode
from web.api.operation import Body, Id


class UserBody(Body):
    """`password` null: cannot sign in. Null `language`, `timezone`...: the company's. `mobile`: in
    any usual form; where it is chosen, calls ring there first.
    """

    login: str = ""
    name: str = ""
    email: str | None = None
    password: str | None = Field(default=None, json_schema_extra={"writeOnly": True})
    role: Role = Role.EMPLOYEE
    department_id: Id | None = None
    language: str | None = None
    timezone: str | None = None
    active: bool = True
    lines: list[str] = Field(default_factory=list)
    default_line: str | None = None
    mobile: str | None = None
    outbound_per_hour: int | None = None
    countries: list[str] | None = None


class NewUserBody(UserBody):
    login: str
    name: str


class OwnBody(Body):
    """What everybody may change of himself."""

    language: str | None = None
    timezone: str | None = None
    password: str = Field(default="", json_schema_extra={"writeOnly": True})
    default_line: str | None = None


class PresenceBody(Body):
    presence: Presence


class DepartmentBody(Body):
    name: str


class ExtensionBody(Body):
    """`user_id`: whose phone it is. `record`: on, off, or ask: when the employee starts it."""

    number: str = ""
    name: str = ""
    user_id: Id | None = None
    pickup_group: str | None = None
    record: RecordMode = RecordMode.ON


class NewExtensionBody(ExtensionBody):
    number: str


class LineBody(Body):
    """`mode`: accept, register or address. `ring`: extensions that ring together. `record`: on, off
    or ask. `announcement`: a text that callers hear first; its language is the country's if empty.
    """

    name: str = ""
    number: str = ""
    label: str = ""
    country: str = ""
    mode: str = "register"
    host: str = ""
    sip_user: str = ""
    sip_password: str | None = Field(default=None, json_schema_extra={"writeOnly": True})
    ring: list[str] = Field(default_factory=list)
    ring_seconds: int = 25
    record: RecordMode = RecordMode.ON
    announcement: str = ""
    announcement_language: str = ""
    lead_for_withheld: bool = False


class NewLineBody(LineBody):
    name: str
    number: str
    country: str


class TokenBody(Body):
    """`user_id`: only an administrator may make a token for another."""

    name: str
    user_id: Id | None = None

"""What the bundled PBX is rendered from, and what tells an inside channel from an outside one.

Built by `crm` from its database; plain data, so that a rendering is a pure function of it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

WEB_SUFFIX: Final = "-web"
MOBILE_MARK: Final = "-mobile-"


def web_endpoint(extension: str) -> str:
    """Name of the endpoint, and SIP user, that an extension's browsers register as."""
    return extension + WEB_SUFFIX


def mobile_endpoint(extension: str, line: str) -> str:
    """Name of the endpoint by which an extension's mobile telephone is called out on a line."""
    return extension + MOBILE_MARK + line


def endpoint_of(channel: str) -> str:
    """The endpoint of a channel of this name: `101-web` of `PJSIP/101-web-0000001b`."""
    rest = channel.partition("/")[2].partition("<")[0]
    return rest.rpartition("-")[0] or rest


def extension_of(endpoint: str) -> str:
    """Whose desk phone, browser or mobile the endpoint is, if an employee's; else `endpoint`."""
    owner = endpoint.partition(MOBILE_MARK)[0].removesuffix(WEB_SUFFIX)
    return owner if owner.isdigit() else endpoint


def is_mobile(endpoint: str) -> bool:
    """Whether the endpoint is an employee's mobile by way of a line."""
    return MOBILE_MARK in endpoint and extension_of(endpoint) != endpoint


class RecordMode(StrEnum):
    """Whether calls are recorded. `ASK`: not until the employee starts it; `OFF`: nobody can."""

    ON = "on"
    OFF = "off"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a caller hears before any phone rings. `language`: ISO 639-1 of the text. `sound`: name
    of a sound in the announcements' directory, played instead of the text.
    """

    text: str
    language: str
    sound: str = ""


@dataclass(frozen=True, slots=True)
class MobileEntry:
    """An employee's mobile telephone. `number`: E.164; `prompt`: heard before it is connected."""

    number: str
    prompt: Announcement


@dataclass(frozen=True, slots=True)
class ExtensionEntry:
    """An employee's extension. Its endpoint and its SIP user are the extension's digits; those of
    its browsers are `web_endpoint` of them, with a password of their own (empty: none may).
    """

    number: str
    name: str
    password: str  # plain: SIP digest needs it; never logged
    pickup_group: str | None = None  # name of a group: who may take whose ringing calls
    default_line: str | None = None
    lines: tuple[str, ...] = ()  # lines it may call out on
    record: RecordMode = RecordMode.ON
    # ISO 3166-1 alpha-2, whose numbers it may call while the CRM is silent.
    countries: frozenset[str] = frozenset()
    web_password: str = field(default="", repr=False)  # plain, as `password`
    mobile: MobileEntry | None = None
    line_down: Announcement | None = None  # heard by who dials on a line that is down


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A company number at a provider. `name` is also the endpoint's name: letters, digits, hyphens.

    `mode`: "accept", the provider registers with us (the sample company); "register", the PBX
    registers at `host`; "address", the provider is known by its address `host`.
    """

    name: str
    number: str  # E.164
    user: str
    password: str  # plain; never logged
    mode: str = "register"
    host: str = ""  # host or host:port of the provider
    ring: tuple[str, ...] = ()  # its group: extensions that ring together when the CRM is silent
    ring_seconds: int = 25
    record: RecordMode = RecordMode.ON
    announcement: Announcement | None = None


@dataclass(frozen=True, slots=True)
class PbxDirectory:
    extensions: tuple[ExtensionEntry, ...] = ()
    lines: tuple[LineEntry, ...] = ()

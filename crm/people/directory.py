"""The people and the lines as one snapshot in memory: what a ringing call must not wait for.

It is small (the company's own), read on every call event, and loaded anew after each change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from babel.core import get_global
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.people.calling_out import Limits, company_limits, own_limits
from crm.people.mobiles import line_down, mobile_entry
from crm.people.models import (
    Department,
    Extension,
    Line,
    LineRing,
    Option,
    Presence,
    User,
    UserLine,
)
from crm.people.views import LineView, SoundView
from pbx_bridge.directory import (
    Announcement,
    ExtensionEntry,
    LineEntry,
    MobileEntry,
    PbxDirectory,
    RecordMode,
)

OWNER_OPTION = "call_owner"  # of the company's options: "last" (if not set) or "first"

# Read once, here: a file, which must not be waited for while a request is.
_LIKELY: Mapping[str, str] = get_global("likely_subtags")


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    login: str
    role: str
    department_id: int | None
    department: str | None
    language: str | None
    timezone: str | None
    active: bool
    password_once: bool
    presence: Presence
    lines: tuple[str, ...]
    default_line: str | None
    mobile: str | None  # E.164
    outbound_per_hour: int | None
    countries: tuple[str, ...] | None
    extensions: tuple[str, ...]

    @property
    def calls_on(self) -> str | None:
        """The line of a call for which none was chosen; None: he may call out on none."""
        if self.default_line in self.lines:
            return self.default_line
        return self.lines[0] if self.lines else None


@dataclass(frozen=True, slots=True)
class Phone:
    """An extension. `user_id`: whose it is."""

    id: int
    number: str
    name: str
    user_id: int | None
    pickup_group: str | None
    record: RecordMode


@dataclass(frozen=True, slots=True)
class Directory:
    people: dict[int, Person] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)  # by extension
    lines: dict[str, LineView] = field(default_factory=dict)  # by name
    owner_is_first: bool = False  # whose a call is: who answered it, not who had it last

    @property
    def own_numbers(self) -> frozenset[str]:
        """E.164 of the company's lines: never a client, and called by nobody here."""
        return frozenset(line.number for line in self.lines.values())

    @property
    def not_clients(self) -> frozenset[str]:
        """The same, and the mobile telephones of those who work here."""
        people = self.people.values()
        return self.own_numbers.union(it.mobile for it in people if it.active and it.mobile)

    def user_of(self, extension: str | None) -> Person | None:
        phone = self.phones.get(extension) if extension else None
        return self.people.get(phone.user_id) if phone and phone.user_id else None

    @property
    def home(self) -> frozenset[str]:
        """The countries of the company's lines, ISO 3166-1 alpha-2."""
        return frozenset(line.country for line in self.lines.values())

    def name_of(self, extension: str) -> str | None:
        """Its employee's name, else what its display name says."""
        person = self.user_of(extension)
        if person is not None:
            return person.name
        phone = self.phones.get(extension)
        return phone.name if phone else None


def load(session: Session) -> Directory:
    lines = _lines(session)
    names = {line.id: line.name for line in lines.values()}
    phones = {
        row.number: Phone(
            row.id, row.number, row.name, row.user_id, row.pickup_group, RecordMode(row.record)
        )
        for row in session.execute(
            select(
                Extension.id,
                Extension.number,
                Extension.name,
                Extension.user_id,
                Extension.pickup_group,
                Extension.record,
            ).order_by(Extension.number)
        )
    }
    owner = session.scalar(select(Option.value).where(Option.name == OWNER_OPTION))
    return Directory(
        _people(session, names, phones), phones, lines, owner_is_first=owner == "first"
    )


def _lines(session: Session) -> dict[str, LineView]:
    rings: dict[int, list[str]] = {}
    for line_id, number in session.execute(
        select(LineRing.line_id, Extension.number)
        .join(Extension, Extension.id == LineRing.extension_id)
        .order_by(LineRing.line_id, LineRing.position, Extension.number)
    ):
        rings.setdefault(line_id, []).append(number)
    return {
        line.name: LineView(
            id=line.id,
            name=line.name,
            number=line.number,
            label=line.label,
            country=line.country,
            mode=line.mode,
            host=line.host,
            sip_user=line.sip_user,
            ring=tuple(rings.get(line.id, ())),
            ring_seconds=line.ring_seconds,
            record=RecordMode(line.record),
            announcement=line.announcement,
            announcement_language=line.announcement_language,
            announcement_sound=_sound(line),
            lead_for_withheld=line.lead_for_withheld,
        )
        for line in session.scalars(select(Line).order_by(Line.name))
    }


def _people(session: Session, lines: dict[int, str], phones: dict[str, Phone]) -> dict[int, Person]:
    allowed: dict[int, list[str]] = {}
    for user_id, line_id in session.execute(select(UserLine.user_id, UserLine.line_id)):
        allowed.setdefault(user_id, []).append(lines[line_id])
    numbers: dict[int, list[str]] = {}
    for phone in phones.values():
        if phone.user_id is not None:
            numbers.setdefault(phone.user_id, []).append(phone.number)
    rows = session.execute(
        select(User, Department.name).outerjoin(Department, Department.id == User.department_id)
    )
    return {
        user.id: Person(
            id=user.id,
            name=user.name,
            login=user.login,
            role=user.role,
            department_id=user.department_id,
            department=department,
            language=user.language,
            timezone=user.timezone,
            active=user.active,
            password_once=user.password_once,
            presence=Presence(user.presence),
            lines=tuple(sorted(allowed.get(user.id, ()))),
            default_line=lines.get(user.default_line_id) if user.default_line_id else None,
            mobile=user.mobile,
            outbound_per_hour=user.outbound_per_hour,
            countries=tuple(user.countries) if user.countries is not None else None,
            extensions=tuple(numbers.get(user.id, ())),
        )
        for user, department in rows
    }


def pbx_directory(session: Session) -> PbxDirectory:
    """What the PBX is rendered from, with its secrets."""
    directory = load(session)
    passwords = {
        number: (desk, web)
        for number, desk, web in session.execute(
            select(Extension.number, Extension.sip_password, Extension.web_password)
        )
    }
    accounts = {
        name: (user, password)
        for name, user, password in session.execute(
            select(Line.name, Line.sip_user, Line.sip_password)
        )
    }
    company = company_limits(session, directory.home)
    extensions = []
    for phone in directory.phones.values():
        person = directory.user_of(phone.number)
        extensions.append(
            ExtensionEntry(
                number=phone.number,
                name=phone.name,
                password=passwords[phone.number][0],
                web_password=passwords[phone.number][1],
                pickup_group=phone.pickup_group,
                default_line=person.calls_on if person else None,
                lines=person.lines if person and person.active else (),
                record=phone.record,
                countries=limits_of(company, person).countries,
                mobile=_mobile(directory, person),
                line_down=_line_down(directory, person),
            )
        )
    lines = [
        LineEntry(
            name=line.name,
            number=line.number,
            user=accounts[line.name][0],
            password=accounts[line.name][1],
            mode=line.mode,
            host=line.host,
            ring=line.ring,
            ring_seconds=line.ring_seconds,
            record=line.record,
            announcement=_announcement(line),
        )
        for line in directory.lines.values()
    ]
    return PbxDirectory(tuple(extensions), tuple(lines))


def limits_of(company: Limits, person: Person | None) -> Limits:
    """`company`: of those who have none of their own, and of phones that are nobody's."""
    if person is None:
        return company
    return own_limits(company, person.countries, person.outbound_per_hour)


def _mobile(directory: Directory, person: Person | None) -> MobileEntry | None:
    if person is None or not person.active or person.mobile is None or person.calls_on is None:
        return None
    return mobile_entry(person.mobile, _language(directory, person, person.calls_on))


def _line_down(directory: Directory, person: Person | None) -> Announcement | None:
    if person is None or not person.active or not person.lines:
        return None
    return line_down(_language(directory, person, person.calls_on or person.lines[0]))


def _language(directory: Directory, person: Person, line: str) -> str:
    """ISO 639-1 of what is spoken to the employee: of the line's country if none was chosen."""
    return person.language or _spoken_in(directory.lines[line].country)


def _sound(line: Line) -> SoundView | None:
    if not line.announcement_sound:
        return None
    return SoundView(line.announcement_sound, line.announcement_file, line.announcement_seconds)


def _spoken_in(country: str) -> str:
    """ISO 639-1 of the language that most there speak."""
    return _LIKELY.get(f"und_{country}", "en").partition("_")[0]


def _announcement(line: LineView) -> Announcement | None:
    sound = line.announcement_sound.id if line.announcement_sound else ""
    if not line.announcement and not sound:
        return None
    language = line.announcement_language or _spoken_in(line.country)
    return Announcement(line.announcement, language, sound)


class Directories:
    """Holds the newest snapshot."""

    def __init__(self) -> None:
        self.now = Directory()

    def renew(self, session: Session) -> Directory:
        """Read it again; to be called after every change, once it is committed."""
        self.now = load(session)
        return self.now

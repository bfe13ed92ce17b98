"""The directory as the templates see it: every value checked and encoded (see `text`)."""

import re
from dataclasses import dataclass, field
from typing import Final

from pbx_bridge.asterisk import text
from pbx_bridge.asterisk.announcing import sound_name
from pbx_bridge.asterisk.dialplan import RESERVED
from pbx_bridge.asterisk.errors import DirectoryError
from pbx_bridge.asterisk.numbering import LONGEST, SHORTEST, Numbering, Reach, reach_of
from pbx_bridge.directory import (
    ExtensionEntry,
    LineEntry,
    PbxDirectory,
    RecordMode,
    mobile_endpoint,
    web_endpoint,
)

MODES: Final = ("accept", "register", "address")


@dataclass(frozen=True, slots=True)
class LineView:
    """`key`: its name where hyphens do not count. `aor`: the name that its provider registers."""

    name: str
    key: str
    aor: str
    digits: str
    user: str
    user_pattern: str  # the user as a regular expression
    password: str = field(repr=False)
    mode: str
    host: str
    domain: str  # the host without a port
    dialled: tuple[str, ...]  # what the provider may call us as
    ring: str  # extensions joined by hyphens
    ring_seconds: int
    record: RecordMode
    announcement: str  # name of its sound file, without the ending; empty: none


@dataclass(frozen=True, slots=True)
class ExtensionView:
    number: str
    name: str
    password: str = field(repr=False)
    web_password: str = field(repr=False)  # empty: no browser can be this extension's phone
    pickup_group: str
    default_line: str
    lines: tuple[LineView, ...]
    record: RecordMode
    reach: int  # which of the directory's
    mobile: str  # E.164; empty: it has none
    mobile_sound: str  # what is heard there before it is connected
    down_sound: str  # what is heard of a line that is down; empty: Asterisk's own
    emergency_lines: tuple[str, ...]  # all, those that it may use first

    @property
    def devices(self) -> tuple[tuple[str, str, str], ...]:
        """Endpoint's name, its template and its password."""
        desk = (self.number, "phone", self.password)
        web = (web_endpoint(self.number), "browser", self.web_password)
        return (desk, web) if self.web_password else (desk,)

    @property
    def mobiles(self) -> tuple[tuple[str, LineView], ...]:
        """Endpoint's name, and the line by which the mobile telephone is called."""
        if not self.mobile:
            return ()
        return tuple((mobile_endpoint(self.number, line.name), line) for line in self.lines)


@dataclass(frozen=True, slots=True)
class DirectoryView:
    extensions: tuple[ExtensionView, ...]
    lines: tuple[LineView, ...]
    emergency: tuple[str, ...]
    reaches: tuple[Reach, ...]  # whom employees may call while the CRM is silent


def view_of(directory: PbxDirectory, numbering: Numbering) -> DirectoryView:
    """Raises DirectoryError, naming the entry, for a value that the PBX cannot take."""
    numbers = {text.extension_digits(entry.number) for entry in directory.extensions}
    _refuse_doubled("extension", [entry.number for entry in directory.extensions])
    _refuse_doubled("line", [entry.name.lower() for entry in directory.lines])
    lines = tuple(_line(entry, numbers, numbering) for entry in directory.lines)
    _refuse_doubled("line's user", [line.aor for line in lines])
    by_name = {line.name: line for line in lines}
    reaches = tuple(dict.fromkeys(reach_of(entry.countries) for entry in directory.extensions))
    return DirectoryView(
        extensions=tuple(_extension(entry, by_name, reaches) for entry in directory.extensions),
        lines=lines,
        emergency=tuple(number for number in numbering.emergency if number not in numbers),
        reaches=reaches,
    )


def _extension(
    entry: ExtensionEntry, lines: dict[str, LineView], reaches: tuple[Reach, ...]
) -> ExtensionView:
    if entry.number in RESERVED:
        raise DirectoryError(f"extension {entry.number}: this number has a meaning of its own")
    allowed = tuple(lines[name] for name in dict.fromkeys(entry.lines) if name in lines)
    default = entry.default_line or ""
    return ExtensionView(
        number=entry.number,
        name=text.display_name(entry.name) or entry.number,
        password=text.password(entry.password, f"extension {entry.number}"),
        web_password=text.password(entry.web_password, f"extension {entry.number}")
        if entry.web_password
        else "",
        pickup_group=text.group_name(entry.pickup_group) if entry.pickup_group else "",
        default_line=default if any(line.name == default for line in allowed) else "",
        lines=allowed,
        record=RecordMode(entry.record),
        reach=reaches.index(reach_of(entry.countries)),
        mobile=f"+{text.e164_digits(entry.mobile.number, entry.number)}" if entry.mobile else "",
        mobile_sound=sound_name(entry.mobile.prompt) if entry.mobile else "",
        down_sound=sound_name(entry.line_down) if entry.line_down else "",
        emergency_lines=tuple(dict.fromkeys((*_preferred(default, allowed), *lines))),
    )


def _preferred(default: str, allowed: tuple[LineView, ...]) -> list[str]:
    """Names of the lines, the default one first."""
    return sorted((line.name for line in allowed), key=lambda name: name != default)


def _line(entry: LineEntry, extensions: set[str], numbering: Numbering) -> LineView:
    name = text.line_name(entry.name)
    if entry.mode not in MODES:
        raise DirectoryError(f"line {name!r}: the mode must be one of {', '.join(MODES)}")
    digits = text.e164_digits(entry.number, name)
    user = text.sip_user(entry.user, name) if entry.user or entry.mode != "address" else ""
    if user in extensions:
        raise DirectoryError(f"line {name!r}: its user {user!r} is an extension")
    host = text.sip_host(entry.host, name) if entry.mode != "accept" else ""
    secret = entry.password or entry.mode != "address"
    ringing = [number for number in dict.fromkeys(entry.ring) if number in extensions]
    if not 1 <= entry.ring_seconds <= 600:
        raise DirectoryError(f"line {name!r}: it can ring 1 to 600 seconds")
    return LineView(
        name=name,
        key=name.replace("-", "_"),
        aor=user if entry.mode == "accept" else name,
        digits=digits,
        user=user,
        user_pattern=re.escape(user),
        password=text.password(entry.password, f"line {name!r}") if secret else "",
        mode=entry.mode,
        host=host,
        domain=re.sub(r":[0-9]+\Z", "", host),
        dialled=_dialled(digits, user, numbering),
        ring="-".join(ringing),
        ring_seconds=entry.ring_seconds,
        record=RecordMode(entry.record),
        announcement=sound_name(entry.announcement) if entry.announcement else "",
    )


def _dialled(digits: str, user: str, numbering: Numbering) -> tuple[str, ...]:
    """Providers call a number by its international or national form, or by the account's user."""
    forms = [f"+{digits}", digits, f"00{digits}"]
    if digits.startswith(numbering.country_code):
        national = digits.removeprefix(numbering.country_code)
        forms += [national, numbering.trunk + national]
    if user.isalnum() and user.isascii():
        forms.append(user)
    return tuple(dict.fromkeys(forms))


def _refuse_doubled(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise DirectoryError(f"{what} {name!r} is there twice")


def outside_patterns(numbering: Numbering) -> tuple[tuple[str, str], ...]:
    """Dialplan patterns of outside numbers, and the E.164 number made of each as an expression."""
    code = numbering.country_code
    patterns: dict[str, str] = {}
    for length in range(SHORTEST, LONGEST + 1):
        rest = "X" * (length - 1)
        patterns[f"_+Z{rest}"] = "${EXTEN}"
        for prefix in numbering.international:
            patterns[f"_{prefix}Z{rest}"] = f"+${{EXTEN:{len(prefix)}}}"
        if length + len(code) <= LONGEST:
            patterns.setdefault(f"_X{rest}", f"+{code}${{EXTEN}}")
            if numbering.trunk:
                stripped = f"+{code}${{EXTEN:{len(numbering.trunk)}}}"
                patterns.setdefault(f"_{numbering.trunk}X{rest}", stripped)
    return tuple(patterns.items())

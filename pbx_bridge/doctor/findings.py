"""What the doctor found, and what to paste."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Grade(StrEnum):
    GOOD = "good"
    DOUBTFUL = "doubtful"  # it will work, but worse than it could; or it could not be looked at
    BAD = "bad"  # not ready to be connected


@dataclass(frozen=True, slots=True)
class Finding:
    """`paste`: lines for a file on the PBX, each comment line telling which."""

    grade: Grade
    what: str
    todo: str = ""
    paste: tuple[str, ...] = ()


def good(what: str) -> Finding:
    return Finding(Grade.GOOD, what)


def doubtful(what: str, todo: str = "", paste: tuple[str, ...] = ()) -> Finding:
    return Finding(Grade.DOUBTFUL, what, todo, paste)


def bad(what: str, todo: str = "", paste: tuple[str, ...] = ()) -> Finding:
    return Finding(Grade.BAD, what, todo, paste)


READ_RIGHTS: Final = "system,call,dialplan,user,dtmf"  # dtmf: a code that is typed in a call
WRITE_RIGHTS: Final = "call,originate,reporting"

_CEL_FIELDS: Final = (
    "eventtype,eventtime(float),linkedid,uniqueid,channame,name,num,dnid,exten,context,"
    "appname,appdata,bridgepeer,eventextra"
)
_CSV_VALUES: Final = (
    *("eventtype", "eventtime", "CHANNEL(linkedid)", "CHANNEL(uniqueid)", "CHANNEL(channame)"),
    *("CALLERID(name)", "CALLERID(num)", "CALLERID(DNID)", "CHANNEL(exten)"),
    *("CHANNEL(context)", "CHANNEL(appname)", "CHANNEL(appdata)", "BRIDGEPEER", "eventextra"),
)


def manager_user(user: str, address: str) -> tuple[str, ...]:
    """`address`: ours, as the PBX sees it."""
    return (
        "; manager.conf, then: asterisk -rx 'manager reload'",
        "[general]",
        "timestampevents = yes",
        "",
        f"[{user}]",
        "secret = <at least 20 random characters>",
        "deny = 0.0.0.0/0.0.0.0",
        f"permit = {address}/255.255.255.255",
        f"read = {READ_RIGHTS}",
        f"write = {WRITE_RIGHTS}",
        "writetimeout = 1000",
    )


CEL_ON: Final = (
    "; cel.conf, then: asterisk -rx 'module reload cel'",
    "[general]",
    "enable = yes",
    "apps = dial,park,queue,mixmonitor,voicemail",
    "events = ALL",
)


def cel_into_file(*, json: bool) -> tuple[str, ...]:
    """`json`: whether this Asterisk can write JSON lines."""
    general = (
        *CEL_ON,
        "",
        "; cel_custom.conf; make the folder cel-custom in Asterisk's log directory, then:",
        "; asterisk -rx 'module reload cel_custom.so'",
    )
    if json:
        return (*general, "[cel.jsonl]", "format = json", f"fields = {_CEL_FIELDS}")
    values = ",".join(f"${{CSV_QUOTE(${{{value}}})}}" for value in _CSV_VALUES)
    return (*general, "[mappings]", f"cel.csv => {values}")


def modules(names: tuple[str, ...]) -> tuple[str, ...]:
    return (
        "; modules.conf; a module that is not there comes with another package of your system",
        *(f"load = {name}.so" for name in names),
    )

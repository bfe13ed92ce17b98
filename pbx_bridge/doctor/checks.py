"""The questions, one function each: answers in, findings out."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

from pbx_bridge.ami.errors import ActionRefused
from pbx_bridge.ami.options import Header
from pbx_bridge.calls import from_cel
from pbx_bridge.cel.source import Row
from pbx_bridge.doctor.findings import (
    CEL_ON,
    READ_RIGHTS,
    WRITE_RIGHTS,
    Finding,
    bad,
    cel_into_file,
    doubtful,
    good,
    modules,
)

# Any of the modules will do; what is lost without.
Wanted = Mapping[tuple[str, ...], str]

OLDEST: Final = 18
_VERSION: Final = re.compile(r"(?:certified[-/])?(?P<major>\d+)\.\d+")

# Manager actions that show a right, and what the right is for.
_NEEDED: Final = {
    "Originate": ("originate", "calls cannot be placed from the CRM"),
    "BlindTransfer": ("call", "calls cannot be transferred or ended from the CRM"),
    "CoreShowChannels": ("reporting", "calls that go on cannot be listed after an interruption"),
}
_TOO_MUCH: Final = {
    "Command": ("command", "run console commands, and through them programs"),
    "UpdateConfig": ("config", "rewrite the PBX's configuration"),
}
_MORE_THAN_NEEDED: Final = {"DialplanExtensionAdd": ("system", "change the dialplan and modules")}

_MODULES: Final[Wanted] = {
    ("chan_pjsip",): "phones and lines are known by their PJSIP names",
    ("app_mixmonitor",): "nothing is recorded without it",
    ("format_wav",): "recordings are written as wav",
    ("app_directed_pickup",): "ringing calls cannot be picked up from the CRM",
}
_WELCOME_MODULES: Final[Wanted] = {
    ("func_curl",): "the dialplan cannot ask the CRM who shall ring, nor show the client's name",
    ("res_curl",): "func_curl needs it",
}
_CODECS: Final[Wanted] = {
    ("codec_alaw",): "most lines in Europe speak it",
    ("codec_ulaw",): "most lines in America speak it",
    ("codec_opus", "codec_opus_open_source"): "browsers speak it best",
}
_CEL_WRITERS: Final = (
    *("cel_custom", "cel_odbc", "cel_pgsql", "cel_sqlite3_custom", "cel_tds", "cel_manager"),
)
JSON_CEL: Final = "res_cdrel_custom"
# A PBX in use writes all of these within a few calls, the first three once somebody answers.
_TALK_TYPES: Final = frozenset({"ANSWER", "BRIDGE_ENTER", "BRIDGE_EXIT"})
_ROW_TYPES: Final = _TALK_TYPES | {"CHAN_START", "HANGUP", "APP_START"}
_ANSWERED: Final = '"dialstatus":"ANSWER"'  # of a HANGUP's extra
_ENOUGH_ROWS: Final = 200
_MAY_DIFFER: Final = 2.0  # seconds


class Manager(Protocol):
    def ask(self, action: str, *headers: Header) -> dict[str, str]: ...


def rights(commands: Mapping[str, str], *, hears_system: bool) -> Iterator[Finding]:
    """`commands`: the answer to ListCommands, which names those that the user may give."""
    fix = (f"read = {READ_RIGHTS}", f"write = {WRITE_RIGHTS}")
    paste = ("; manager.conf, in the user's section, then: asterisk -rx 'manager reload'", *fix)
    found = 0
    for action, (right, loss) in _NEEDED.items():
        if action not in commands:
            found += 1
            yield bad(f"write={right} is missing: {loss}", "Give the user this right.", paste)
    if not hears_system:
        found += 1
        yield bad(
            "read=system is missing: a restart of the PBX cannot be noticed",
            "Give the user this right.",
            paste,
        )
    for action, (right, power) in _TOO_MUCH.items():
        if action in commands:
            found += 1
            yield bad(
                f"write={right} is too much: whoever has the secret can {power}",
                "Take this right away.",
                paste,
            )
    for action, (right, power) in _MORE_THAN_NEEDED.items():
        if action in commands:
            yield doubtful(f"write={right} is not needed, and can {power}", "", paste)
    if not found:
        yield good(f"rights: write={WRITE_RIGHTS}, read=system; the rest of read shows with a call")


def version(text: str) -> Finding:
    """`text` as CoreSettings has it: 22.10.1, certified-18.9-cert5, 20.5.0~dfsg..."""
    found = _VERSION.match(text)
    if found is None:
        return doubtful(f"Asterisk {text or '?'}: a version that we do not know")
    if int(found["major"]) < OLDEST:
        return bad(f"Asterisk {text} is too old", f"Asterisk {OLDEST} or newer is needed.")
    return good(f"Asterisk {text}")


class ModuleCheck:
    """Whether modules are loaded: asked of the function IFMODULE, or of ModuleCheck if we may."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    def loaded(self, name: str) -> bool | None:
        """None: it cannot be told."""
        try:
            answer = self._manager.ask("Getvar", ("Variable", f"IFMODULE({name}.so)"))
        except ActionRefused:
            answer = {}
        if answer.get("Value") in ("0", "1"):
            return answer["Value"] == "1"
        try:
            self._manager.ask("ModuleCheck", ("Module", f"{name}.so"))
        except ActionRefused as error:
            return None if "ermission" in error.message else False
        return True

    def findings(self) -> Iterator[Finding]:
        yield from self._group("modules", _MODULES, bad)
        yield from self._group("modules for incoming calls", _WELCOME_MODULES, doubtful)
        yield from self._group("codecs", _CODECS, doubtful)

    def _group(
        self,
        title: str,
        wanted: Wanted,
        grade: Callable[[str, str, tuple[str, ...]], Finding],
    ) -> Iterator[Finding]:
        seen: list[str] = []
        for names, loss in wanted.items():
            states = {name: self.loaded(name) for name in names}
            if any(states.values()):
                seen += [name for name, state in states.items() if state]
            elif None in states.values():
                yield doubtful(
                    f"{title} cannot be looked at: func_module is not loaded",
                    "Look yourself: asterisk -rx 'module show like ...'",
                )
                return
            else:
                yield grade(f"{names[0]} is not loaded: {loss}", "Load it.", modules((names[0],)))
        if seen:
            yield good(f"{title}: {', '.join(seen)}")

    def cel(self, *, has_source: bool) -> Iterator[Finding]:
        """What writes CEL on the PBX."""
        states = {name: self.loaded(name) for name in _CEL_WRITERS}
        writers = [name for name, state in states.items() if state]
        paste = cel_into_file(json=bool(self.loaded(JSON_CEL)))
        if writers:
            yield good(f"CEL can be written by {', '.join(writers)}")
        elif None not in states.values():
            yield bad(
                "nothing on the PBX writes CEL: calls that pass while we are away would be lost",
                "Load cel_custom.",
                (*modules(("cel_custom",)), "", *paste),
            )
        if not has_source:
            yield doubtful(
                "no cel_source is set: calls that pass while we are away would be lost",
                "Write CEL to where we can read it, and set HOVORNA_CEL_SOURCE.",
                paste,
            )


def cel_rows(rows: Iterable[Row], name: str) -> Finding:
    """`rows`: some of what the source has."""
    count, understood = 0, 0
    types: set[str] = set()
    answered = False
    for row in rows:
        count += 1
        understood += from_cel.at(row) is not None
        types.add(str(row.get("eventtype") or row.get("EventName") or ""))
        answered = answered or _ANSWERED in str(row.get("eventextra") or row.get("extra") or "")
    if not count:
        return doubtful(
            f"CEL: {name} can be read and has no rows yet",
            "Make a call, and look again.",
            CEL_ON,
        )
    if understood < count or not types & _ROW_TYPES:
        return bad(f"CEL: {name} has rows that are none of ours", "", CEL_ON)
    missing = _ROW_TYPES - types
    if missing and missing <= _TALK_TYPES and not answered:
        return doubtful(
            f"CEL: {name} can be read; no call in it was answered",
            "Make a call, answer it, and look again.",
            CEL_ON,
        )
    if missing and count >= _ENOUGH_ROWS:
        return bad(
            f"CEL: {name} has no {', '.join(sorted(missing))}: not all events are written",
            "All events are needed.",
            CEL_ON,
        )
    return good(f"CEL: {name} can be read")


def recordings(folder: Path | None) -> Finding:
    """`folder` as this machine sees it; None if none is set."""
    todo = "Mount the PBX's monitor folder here, and set HOVORNA_RECORDING_SPOOL."
    if folder is None:
        return doubtful("no folder of recordings is set: calls will have none", todo)
    if not folder.is_dir():
        return bad(f"the recordings' folder {folder} is not there", todo)
    if not os.access(folder, os.R_OK | os.X_OK):
        return bad(f"the recordings' folder {folder} cannot be read by us", todo)
    if not os.access(folder, os.W_OK):
        return doubtful(
            f"the recordings' folder {folder} cannot be written by us",
            "Stored recordings could not be removed from the PBX: give us the right, or do it.",
        )
    return good(f"recordings: {folder}")


def clocks(theirs: str, ours: float) -> Finding:
    """`theirs` as Ping answers, `ours`: both seconds since the epoch."""
    try:
        difference = float(theirs) - ours
    except ValueError:
        return doubtful("the PBX does not tell its time")
    if abs(difference) > _MAY_DIFFER:
        way = "ahead of" if difference > 0 else "behind"
        return doubtful(
            f"the PBX's clock is {abs(difference):.0f} s {way} ours: calls are dated by it",
            "Let both be set by NTP: timedatectl set-ntp true",
        )
    return good(f"clocks: {abs(difference):.1f} s apart")

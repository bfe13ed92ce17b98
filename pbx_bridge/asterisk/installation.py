"""One Asterisk on this machine: where it lies, what it can, how it is run."""

import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from pbx_bridge.asterisk.errors import FetchError
from pbx_bridge.asterisk.modules import missing_from

OLDEST: Final = 18
_VERSION = re.compile(r"Asterisk (?P<whole>(?:certified[-/])?(?P<major>\d+)\.[^\s]*)")
_ANSWER_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Machine:
    """Names of one processor architecture: Debian's, the library folder's, the loader's."""

    debian: str
    triplet: str
    loader: str


MACHINES: Final = {
    "x86_64": Machine("amd64", "x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "aarch64": Machine("arm64", "aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}


def this_machine() -> Machine:
    """Raises FetchError on an architecture that the bundled PBX is not made for."""
    name = platform.machine()
    try:
        return MACHINES[name]
    except KeyError:
        raise FetchError(
            f"the bundled PBX runs on {' and '.join(sorted(MACHINES))}, this machine is {name}; "
            "install Asterisk 18 or newer, or connect an existing PBX"
        ) from None


@dataclass(frozen=True)
class Installation:
    """`command` starts it; `-C FILE` and the rest are added. `data`: sounds and music."""

    command: tuple[str, ...]
    version: str
    module_dir: Path
    data: Path
    modules: frozenset[str]

    @property
    def sbin(self) -> Path:
        return Path(self.command[-1]).parent

    @property
    def major(self) -> int:
        found = _VERSION.match(f"Asterisk {self.version}")
        return int(found["major"]) if found else 0

    @cached_property
    def language(self) -> str:
        """Folder of the spoken prompts, `en` if there is none."""
        sounds = self.data / "sounds"
        folders = sorted(folder.name for folder in sounds.glob("en*") if folder.is_dir())
        return "en" if "en" in folders or not folders else folders[0]


def in_root(root: Path, machine: Machine) -> Installation:
    """An Asterisk extracted below `root`, run in place. Raises FetchError if it does not run."""
    libraries = root / "usr/lib" / machine.triplet
    command = (
        str(libraries / machine.loader),
        "--library-path",
        f"{libraries}:{libraries / 'asterisk'}",
        str(root / "usr/sbin/asterisk"),
    )
    return _examine(command, libraries / "asterisk/modules", root / "usr/share/asterisk")


def of_system() -> Installation | None:
    """The system's own, if it is there, new enough and complete."""
    program = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        return None
    places = [Path("/usr/lib") / machine.triplet for machine in MACHINES.values()]
    for place in (*places, Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib")):
        if (place / "asterisk/modules").is_dir():
            data = Path("/usr/share/asterisk")
            data = data if data.is_dir() else Path("/var/lib/asterisk")
            try:
                return _examine((program,), place / "asterisk/modules", data)
            except FetchError:
                return None
    return None


def _examine(command: tuple[str, ...], module_dir: Path, data: Path) -> Installation:
    version = _version(command)
    modules = frozenset(path.stem for path in module_dir.glob("*.so"))
    found = Installation(command, version, module_dir, data, modules)
    if found.major < OLDEST:
        raise FetchError(f"{command[-1]} is Asterisk {version}; {OLDEST} or newer is needed")
    missing = missing_from(modules)
    if missing:
        raise FetchError(f"{command[-1]} lacks the modules {', '.join(missing)}")
    return found


def _version(command: tuple[str, ...]) -> str:
    try:
        answer = subprocess.run(  # noqa: S603  our own path, no shell
            [*command, "-V"],
            check=True,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_ANSWER_SECONDS,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise FetchError(f"{command[-1]} does not run: {error}") from error
    found = _VERSION.search(answer)
    if not found:
        raise FetchError(f"{command[-1]} does not tell its version: {answer[:80]!r}")
    return found["whole"]

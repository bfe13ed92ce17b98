"""Finds an Asterisk, or fetches one: `python -m pbx_bridge.asterisk.fetch`.

In this order: the settings' root, the system's own (18 or newer), the cache, Debian's archive.
The last is extracted, not installed: nothing outside the cache is changed, and no root is needed.
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from config.settings import Settings, SettingsError, load_settings
from pbx_bridge.asterisk.errors import FetchError, PbxError
from pbx_bridge.asterisk.installation import (
    Installation,
    Machine,
    in_root,
    of_system,
    this_machine,
)
from pbx_bridge.asterisk.mend import mended
from pbx_bridge.asterisk.mirror import debian_mirror

# What fetching needs from the system; the same names in Debian and Ubuntu.
SYSTEM_PACKAGES: Final = ("mmdebstrap", "debian-archive-keyring")
KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SUITE: Final = "sid"  # the only suite of Debian that has Asterisk
_INCLUDE: Final = "asterisk,asterisk-core-sounds-en-wav,asterisk-moh-opsound-wav"
_MENDED: Final = "mended"  # beside the cache: executables without Debian's fault
_STAGES: Final = (
    ("running apt-get update", "reading Debian's list of packages"),
    ("downloading packages", "downloading Asterisk (about 100 MB)"),
    ("extracting archives", "unpacking"),
    ("installing", "unpacking"),
    ("cleaning", "tidying up"),
)

Report = Callable[[str], None]


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "hovorna" / "asterisk"


def find(settings: Settings) -> Installation | None:
    """An Asterisk that is here already. Raises FetchError if the settings' root is no good."""
    if settings.asterisk_root is not None:
        return _mended(in_root(settings.asterisk_root.absolute(), this_machine()))
    found = of_system() or _newest_cached(cache_folder(), this_machine())
    return _mended(found) if found else None


def find_or_fetch(settings: Settings, report: Report) -> Installation:
    """Blocks for a minute or two when it must fetch; `report` gets its progress.

    Raises FetchError: the message says what to install or to mend.
    """
    found = find(settings)
    if found is not None:
        return found
    return _mended(fetch(cache_folder(), this_machine(), debian_mirror(), report))


def _mended(installation: Installation) -> Installation:
    return mended(installation, cache_folder().with_name(_MENDED))


def fetch(cache: Path, machine: Machine, mirror: str, report: Report) -> Installation:
    """Extract Asterisk from Debian's archive at `mirror` into `cache`, whole or not at all."""
    _require_tools()
    cache.mkdir(parents=True, exist_ok=True)
    with _only_one(cache, report):
        # Another one may have fetched it while we waited.
        found = _newest_cached(cache, machine)
        if found is not None:
            return found
        # We hold the lock: what lies here is of those who were killed.
        for left in cache.glob(".new-*"):
            shutil.rmtree(left, ignore_errors=True)
        temporary = Path(tempfile.mkdtemp(dir=cache, prefix=".new-"))
        try:
            # apt drops to another user where we are root; it must be able to read its files.
            temporary.chmod(0o755)
            _extract(temporary / "root", mirror, report)
            return _keep(temporary / "root", cache, machine, report)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _newest_cached(cache: Path, machine: Machine) -> Installation | None:
    roots = [path for path in cache.glob(f"*-{machine.debian}") if not path.name.startswith(".")]
    for root in sorted(roots, key=lambda path: _version_key(path.name), reverse=True):
        with contextlib.suppress(FetchError):
            return in_root(root, machine)
    return None


def _version_key(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", name))


def _keep(root: Path, cache: Path, machine: Machine, report: Report) -> Installation:
    version = re.sub(r"[^A-Za-z0-9.]+", "_", in_root(root, machine).version)
    target = cache / f"{version}-{machine.debian}"
    if target.exists():  # there, but it did not run
        shutil.rmtree(target)
    root.rename(target)
    report(f"Asterisk {version} is in {target}")
    return in_root(target, machine)


def _require_tools() -> None:
    missing = [name for name in ("mmdebstrap",) if shutil.which(name) is None]
    if not KEYRING.is_file():
        missing.append("debian-archive-keyring")
    if missing:
        raise FetchError(
            f"there is no Asterisk on this machine, and fetching one needs {' and '.join(missing)}:"
            f"\n    sudo apt-get install {' '.join(missing)}\n"
            "Or install Asterisk 18 or newer, or set asterisk_root (HOVORNA_ASTERISK_ROOT) to an "
            "extracted one."
        )


@contextlib.contextmanager
def _only_one(cache: Path, report: Report) -> Iterator[None]:
    """The lock goes with the process that holds it, however it ends."""
    with (cache / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("waiting for another run that is fetching Asterisk")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _extract(root: Path, mirror: str, report: Report) -> None:
    report(f"fetching Asterisk from {mirror} ({SUITE}), once; half a minute to a few minutes")
    # The archive's signature is checked against Debian's own keys, on Ubuntu too.
    source = f"deb [signed-by={KEYRING}] {mirror} {SUITE} main"
    command = [
        *("mmdebstrap", "--variant=extract", "--mode=chrootless", f"--include={_INCLUDE}"),
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--aptopt=APT::Install-Recommends "false"',
        *(SUITE, str(root), source),
    ]
    with subprocess.Popen(  # noqa: S603  no shell, our own words
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env=os.environ | {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
    ) as process:
        try:
            said = _follow(process.stderr, report)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise FetchError(
            f"Asterisk could not be fetched from {mirror}:\n    " + "\n    ".join(said[-6:])
        )


def _follow(stream: IO[str] | None, report: Report) -> list[str]:
    """Report the stages as mmdebstrap tells them; return what it said."""
    said: list[str] = []
    stage = ""
    for line in stream or ():
        text = line.strip()
        if text and not text.startswith("done"):
            said.append(text)
        for sign, words in _STAGES:
            if sign in text and words != stage:
                stage = words
                report(words)
    return said


def main() -> int:
    def report(line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    try:
        found = find_or_fetch(load_settings(), report)
    except (PbxError, SettingsError) as error:
        report(f"hovorna: {error}")
        return 1
    report(f"PBX: Asterisk {found.version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

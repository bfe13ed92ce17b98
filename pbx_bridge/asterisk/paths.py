"""Where the bundled PBX keeps what: one directory, and nothing outside of it but the socket."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

# A Unix socket's path has at most 107 bytes (unix(7)); Asterisk cuts a longer one in silence.
_LONGEST_RUN_DIRECTORY = 107 - len("/asterisk.ctl")

# Asterisk's reader of configuration files has room for 255 bytes of path.
_LONGEST_FILE = 200


@dataclass(frozen=True, slots=True)
class PbxPaths:
    """Directories and files below `home`, which is absolute."""

    home: Path

    @property
    def etc(self) -> Path:
        return self.home / "etc"

    @property
    def config(self) -> Path:
        return self.etc / "asterisk.conf"

    @property
    def loaded(self) -> Path:
        """Digests of the files that the running PBX has read."""
        return self.home / "loaded.json"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets.json"

    @property
    def routing_port(self) -> Path:
        return self.home / "routing-port"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def cel(self) -> Path:
        return self.log / "cel-custom"

    @property
    def spool(self) -> Path:
        return self.home / "spool"

    @property
    def monitor(self) -> Path:
        return self.spool / "monitor"

    @property
    def sounds(self) -> Path:
        """Announcements of the lines."""
        return self.home / "sounds"

    @property
    def state(self) -> Path:
        """The PBX's own database: registered contacts outlive a restart in it."""
        return self.home / "state"

    @property
    def keys(self) -> Path:
        return self.state / "keys"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def run(self) -> Path:
        """Pid file and control socket; elsewhere if the data directory's path is too long."""
        here = self.home / "run"
        if len(os.fsencode(here)) <= _LONGEST_RUN_DIRECTORY:
            return here
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"hovorna-{os.getuid()}-{digest}"

    @property
    def pid(self) -> Path:
        return self.run / "asterisk.pid"

    @property
    def socket(self) -> Path:
        return self.run / "asterisk.ctl"

    def make(self) -> None:
        """Make all directories, closed to other users. Raises OSError, also when one is foreign."""
        if len(os.fsencode(self.config)) > _LONGEST_FILE:
            raise OSError(f"the data directory's path is too long for Asterisk: {self.home}")
        for folder in (
            *(self.home, self.etc, self.log, self.cel, self.spool, self.monitor),
            *(self.state, self.keys, self.cache, self.run),
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The run directory may lie in a shared /tmp, where anybody could have made it first.
        owner = self.run.lstat()
        if owner.st_uid != os.getuid() or self.run.is_symlink():
            raise PermissionError(f"{self.run} belongs to another user")
        self.run.chmod(0o700)

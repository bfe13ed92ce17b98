"""WebKit, the engine of Safari: Debian's own, driven by the W3C's WebDriver protocol.

with webkit(company.url) as safari:
    safari.sign_in(company.session("admin"))
    safari.go("/board")
    assert safari.run("return document.title") == "Live · Hovorna"
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from web.auth import SESSION_COOKIE

PACKAGES = "webkit2gtk-driver and xvfb"
_DRIVER = "WebKitWebDriver"
_LIBRARIES = Path("/usr/lib")
_LIMIT = 20  # seconds


def _browser() -> Path | None:
    return next(_LIBRARIES.glob("*/webkit2gtk-4.1/MiniBrowser"), None)


def why_absent() -> str | None:
    """Why there is no WebKit here, if there is none: ./test does not install it, it is large."""
    there = shutil.which(_DRIVER) and shutil.which("Xvfb") and _browser()
    return None if there else f"{PACKAGES} are not installed"


@dataclass
class WebKit:
    driver: str  # address of the session
    site: str

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return _ask(method, self.driver + path, body)

    def go(self, path: str) -> None:
        """Returns when the page is loaded."""
        self._ask("POST", "/url", {"url": self.site + path})

    def sign_in(self, session: str) -> None:
        self.go("/sign-in")
        cookie = {"name": SESSION_COOKIE, "value": session, "path": "/", "httpOnly": True}
        self._ask("POST", "/cookie", {"cookie": cookie})

    def run(self, script: str, *arguments: Any) -> Any:
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def becomes(self, script: str) -> None:
        """Until the expression is true."""
        ends = time.monotonic() + _LIMIT
        while not self.run(f"return Boolean({script})"):
            assert time.monotonic() < ends, f"{script} in {self.run('return location.href')}"

    def resize(self, width: int, height: int) -> None:
        self._ask("POST", "/window/rect", {"width": width, "height": height})


def _ask(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urlopen(request, timeout=_LIMIT) as answer:
        return json.load(answer)["value"]


@contextlib.contextmanager
def _display() -> Iterator[str]:
    """A screen that nobody sees."""
    read, write = os.pipe()
    size = "1600x1000x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def webkit(site: str) -> Iterator[WebKit]:
    browser = {"binary": str(_browser()), "args": ["--automation"]}
    wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": browser}}}
    port = _free_port()
    with _display() as display:
        environment = os.environ | {"DISPLAY": display, "GDK_BACKEND": "x11"}
        driver = subprocess.Popen([_DRIVER, f"--port={port}"], env=environment)
        url = f"http://127.0.0.1:{port}/session"
        try:
            session = _begin(url, wanted)
            yield WebKit(f"{url}/{session}", site)
            _ask("DELETE", f"{url}/{session}")
        finally:
            driver.terminate()
            driver.wait()


def _begin(url: str, wanted: dict[str, Any]) -> str:
    """The session's id, as soon as the driver listens."""
    ends = time.monotonic() + _LIMIT
    while True:
        try:
            return str(_ask("POST", url, wanted)["sessionId"])
        except URLError:
            assert time.monotonic() < ends

"""SIP by sipp: scenarios, and the registration that a sipp phone needs beforehand."""

import asyncio
import contextlib
import hashlib
import re
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_SCENARIOS = Path(__file__).with_name("scenarios")
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Server:
    """Where the PBX listens for SIP over UDP."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Account:
    """A phone's or a line's SIP account."""

    user: str
    password: str


def udp_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def register(server: Server, account: Account, port: int, seconds: int = 3600) -> None:
    """Register from `port`, which is free again afterwards: the phone that answers there is sipp.

    Raises AssertionError if the PBX refuses.
    """
    call, tag = secrets.token_hex(8), secrets.token_hex(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((_HOST, port))
        sock.settimeout(5)
        sock.connect((server.host, server.port))

        def ask(cseq: int, proof: str) -> str:
            sock.send(
                (
                    f"REGISTER sip:{server.host} SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP {_HOST}:{port};branch=z9hG4bK{secrets.token_hex(6)}\r\n"
                    f"From: <sip:{account.user}@{server.host}>;tag={tag}\r\n"
                    f"To: <sip:{account.user}@{server.host}>\r\n"
                    f"Call-ID: {call}\r\nCSeq: {cseq} REGISTER\r\n"
                    f"Contact: <sip:{account.user}@{_HOST}:{port}>\r\nExpires: {seconds}\r\n"
                    f"{proof}Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
                ).encode()
            )
            while True:  # the PBX may ask after us (OPTIONS) in between
                answer = sock.recv(65535).decode()
                if answer.startswith("SIP/2.0") and f"CSeq: {cseq} REGISTER" in answer:
                    return answer

        challenge = ask(1, "")
        answer = ask(2, authorization(challenge, account, "REGISTER", f"sip:{server.host}"))
    status = answer.split("\r\n", 1)[0]
    assert " 200 " in status, f"{account.user} is not registered: {status}"


def authorization(challenge: str, account: Account, method: str, uri: str) -> str:
    """The header line that answers a 401: RFC 2617 with qop=auth, MD5."""
    found = dict(re.findall(r'(\w+)="?([^",\r]+)"?', challenge.split("WWW-Authenticate:")[1]))
    client = secrets.token_hex(8)

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    secret = md5(f"{account.user}:{found['realm']}:{account.password}")
    request = md5(f"{method}:{uri}")
    response = md5(f"{secret}:{found['nonce']}:00000001:{client}:auth:{request}")
    opaque = f', opaque="{found["opaque"]}"' if "opaque" in found else ""
    return (
        f'Authorization: Digest username="{account.user}", realm="{found["realm"]}", '
        f'nonce="{found["nonce"]}", uri="{uri}", response="{response}", algorithm=MD5, '
        f'qop=auth, nc=00000001, cnonce="{client}"{opaque}\r\n'
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What sipp says of itself at the end.

    `talks`: number, and seconds from the answer that its client got until he hung up, of each call.
    """

    successful: int
    failed: int
    errors: str
    talks: tuple[tuple[str, float], ...]


class Sipp:
    """One sipp process. `errors`: where it writes messages that it did not expect."""

    def __init__(self, process: asyncio.subprocess.Process, errors: Path) -> None:
        self._process = process
        self._errors = errors

    @property
    def pid(self) -> int:
        return self._process.pid

    async def finish(self) -> Outcome:
        """Wait until all its calls are over."""
        assert self._process.stdout is not None
        text = (await self._process.stdout.read()).decode(errors="replace")
        await self._process.wait()
        return Outcome(
            _cumulative(text, "Successful call"),
            _cumulative(text, "Failed call"),
            self._errors.read_text(errors="replace")[:2000] if self._errors.exists() else "",
            _talks(self._errors.with_suffix(".log")),
        )

    async def listens(self, port: int) -> None:
        """Wait until it has its UDP port. Raises AssertionError if it ended instead."""
        async with asyncio.timeout(10):
            while _is_free(port):
                assert self._process.returncode is None, "sipp ended at its start"
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """End it. Raises AssertionError if it had ended before."""
        assert self._process.returncode is None, f"sipp ended with {self._process.returncode}"
        await self.end()

    async def end(self) -> None:
        """See to it that it is over, calls or not: it outlives neither a failure nor a cancel."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
        return True


def _talks(log: Path) -> tuple[tuple[str, float], ...]:
    answered: dict[str, int] = {}
    talks = []
    for line in log.read_text(errors="replace").splitlines() if log.exists() else ():
        number, call, what, tick = line.strip().split(";")
        if what == "answered":
            answered[call] = int(tick)
        else:
            talks.append((number, (int(tick) - answered[call]) / 1000))
    return tuple(talks)


def _cumulative(text: str, name: str) -> int:
    rows = re.findall(rf"{name}\s*\|\s*\d+\s*\|\s*(\d+)", text)
    return int(rows[-1]) if rows else -1


async def _start(
    scenario: str, arguments: Sequence[str], directory: Path, *, report: bool = True
) -> Sipp:
    """`report`: its screen is kept for `finish`; else it would fill up, read by nobody."""
    errors = directory / f"{scenario}-{secrets.token_hex(3)}.errors"
    process = await asyncio.create_subprocess_exec(
        "sipp",
        *("-sf", str(_SCENARIOS / f"{scenario}.xml")),
        *("-i", _HOST, "-nostdin", "-trace_err", "-error_file", str(errors)),
        *("-trace_logs", "-log_file", str(errors.with_suffix(".log"))),
        *("-mp", str(udp_port())),
        *arguments,
        stdout=asyncio.subprocess.PIPE if report else asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        stdin=asyncio.subprocess.DEVNULL,
        cwd=directory,
    )
    return Sipp(process, errors)


@contextlib.asynccontextmanager
async def phone(
    server: Server, account: Account, scenario: str, directory: Path
) -> AsyncIterator[Sipp]:
    """A desk phone of the company, registered, that answers any number of calls by `scenario`."""
    port = udp_port()
    await asyncio.to_thread(register, server, account, port)
    arguments = ["-p", str(port), "-aa", "-rtp_echo"]
    sipp = await _start(scenario, arguments, directory, report=False)
    try:
        await sipp.listens(port)
        yield sipp
    finally:
        await sipp.stop()


@contextlib.asynccontextmanager
async def clients(
    server: Server,
    line: Account,
    dialled: str,
    scenario: str,
    rows: Sequence[tuple[str, int, str]],
    rate: float,
    directory: Path,
) -> AsyncIterator[Sipp]:
    """Clients who call in, one for every row: number, milliseconds, name. Gone afterwards."""
    injected = directory / f"{scenario}-{secrets.token_hex(3)}.csv"
    lines = [f"{number};{milliseconds};{name}" for number, milliseconds, name in rows]
    await asyncio.to_thread(injected.write_text, "\n".join(["SEQUENTIAL", *lines]) + "\n")
    arguments = [
        *("-inf", str(injected), "-s", dialled, "-key", "line", line.user),
        *("-au", line.user, "-ap", line.password),
        *("-r", str(rate), "-m", str(len(rows)), "-l", "2000", "-aa"),
        f"{server.host}:{server.port}",
    ]
    sipp = await _start(scenario, arguments, directory)
    try:
        yield sipp
    finally:
        await sipp.end()

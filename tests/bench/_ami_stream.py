"""A recorded event stream, as long as wanted, and a server process that says it.

Three inbound calls with recording on Asterisk 22.10, unfiltered: 80 events a call, half of them
VarSet. Every repetition has channels, bridges and times of its own.
"""

import contextlib
import multiprocessing
import re
import selectors
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

_RECORDED = Path(__file__).with_name("streams") / "three_calls.ami"
_EPOCH = re.compile(rb"\b17954440(\d\d)\.")
_BRIDGE = re.compile(rb"(BridgeUniqueid: |BRIDGEPVTCALLID)[0-9a-f]{8}-")
CALLS = 3  # in one repetition
END = "bench-end"


@dataclass(frozen=True)
class Stream:
    """`only`: names of events to keep, None for all. `after`: the action whose answer it follows,
    and which time."""

    repetitions: int
    only: frozenset[str] | None = None
    after: tuple[str, int] = ("Login", 1)

    def blocks(self) -> list[bytes]:
        """Of one repetition."""
        blocks = _RECORDED.read_bytes().split(b"\r\n\r\n")[:-1]
        if self.only is None:
            return blocks
        return [block for block in blocks if _name(block) in self.only]

    @property
    def events(self) -> int:
        return len(self.blocks()) * self.repetitions

    def pieces(self) -> Iterator[bytes]:
        """One repetition each."""
        recorded = b"\r\n\r\n".join(self.blocks()) + b"\r\n\r\n"
        for number in range(self.repetitions):
            epoch = b"%d\\1." % (17954441 + number)
            text = _EPOCH.sub(epoch, recorded)
            yield _BRIDGE.sub(b"\\g<1>%08x-" % number, text)


def _name(block: bytes) -> str:
    return block.partition(b"\r\n")[0].removeprefix(b"Event: ").decode()


@contextlib.contextmanager
def served(stream: Stream) -> Iterator[int]:
    """The port of a manager that says the stream to the one client that logs in."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(stream, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.kill()
        process.join()


def _serve(stream: Stream, ready: Connection) -> None:
    pieces = list(stream.pieces())
    with socket.create_server(("127.0.0.1", 0)) as server:
        ready.send(server.getsockname()[1])
        client, _ = server.accept()
        with client, contextlib.suppress(ConnectionError):  # the client may go without a word
            client.sendall(b"Asterisk Call Manager/11.0.0\r\n")
            _Talk(client, stream).run(pieces)


class _Talk:
    """Answers every action, also between two pieces of the stream."""

    def __init__(self, client: socket.socket, stream: Stream) -> None:
        self._client = client
        self._after = stream.after
        self._buffer = b""
        self._seen = 0
        self._selector = selectors.DefaultSelector()
        self._selector.register(client, selectors.EVENT_READ)

    def run(self, pieces: list[bytes]) -> None:
        while self._seen < self._after[1]:
            if not self._answer(None):
                return
        for piece in pieces:
            self._client.sendall(piece)
            self._answer(0)
        self._client.sendall(b"Event: UserEvent\r\nUniqueid: %s\r\n\r\n" % END.encode())
        while self._answer(None):
            pass

    def _answer(self, timeout: float | None) -> bool:
        """What was asked within `timeout`; False when the client has gone."""
        if not self._selector.select(timeout):
            return True
        data = self._client.recv(65536)
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            block, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            lines = (line.partition(b": ") for line in block.split(b"\r\n"))
            self._reply({name.lower().decode(): value.decode() for name, _, value in lines})
        return bool(data)

    def _reply(self, asked: dict[str, str]) -> None:
        action, key = asked["action"], asked.get("actionid", "")
        fields = {"Challenge": "Challenge: 1\r\n", "Ping": "Timestamp: 1795444074.0\r\n"}
        extra = fields.get(action, "")
        if action == "CoreShowChannels":
            extra = "EventList: start\r\n"
        answer = f"Response: Success\r\nActionID: {key}\r\n{extra}Message: x\r\n\r\n"
        if action == "CoreShowChannels":
            answer += f"Event: Listed\r\nActionID: {key}\r\nEventList: Complete\r\n\r\n"
        if action == "Login":
            answer += "Event: FullyBooted\r\nUptime: 86400\r\n\r\n"
        self._client.sendall(answer.encode())
        if action == self._after[0]:
            self._seen += 1

"""A short blocking conversation with a manager, held by pyst2.

What pyst2 (0.5.1) does not do is done here: connecting and waiting within a time, TLS, proving the
secret by challenge, and refusing control characters, which it would pass on as new headers.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Final, Self

from asterisk.manager import Manager, ManagerException

from pbx_bridge.ami.errors import (
    ActionRefused,
    AmiError,
    AuthenticationFailed,
    NotAsterisk,
    NotConnected,
)
from pbx_bridge.ami.login import proof_of
from pbx_bridge.ami.options import AmiOptions, Header
from pbx_bridge.ami.protocol import encode_action

_GREETING: Final = b"Asterisk Call Manager"


class _Talker(Manager):  # type: ignore[misc]
    """pyst2's Manager on a socket that is connected already, with an end to its waiting."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        super().__init__()
        self._connection = connection
        self._seconds = seconds

    def start(self) -> None:
        """Raises ManagerException when nobody greets."""
        # Buffered: pyst2 itself reads a byte per system call.
        self._sock = self._connection.makefile("rwb")
        self._connected.set()
        self._running.set()
        with self._watch():
            self.message_thread.start()
            self.event_dispatch_thread.start()
            if self._response_queue.get() is None:
                raise ManagerException("no greeting")

    def send_action(self, cdict: dict[str, str]) -> object:
        with self._watch():
            return super().send_action(cdict)

    def close(self) -> None:
        """pyst2's own waits for the PBX; it is also called when the object goes."""
        self._running.clear()
        self._message_queue.put(None)
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    @contextlib.contextmanager
    def _watch(self) -> Iterator[None]:
        """pyst2 takes None for the connection's end, and stops waiting for an answer."""
        timer = threading.Timer(self._seconds, self._response_queue.put, [None])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


class Conversation:
    """Use as a context manager: logged in inside. Raises AmiError."""

    def __init__(self, options: AmiOptions) -> None:
        self._options = options
        self._talker: _Talker | None = None
        self._heard: set[str] = set()
        self._news = threading.Condition()

    def __enter__(self) -> Self:
        self._talker = _Talker(self._connect(), self._options.action_timeout)
        self._talker.register_event("*", self._hear)
        try:
            self._greet(self._talker)
            self._login()
        except BaseException:
            self._talker.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._talker is not None:
            with contextlib.suppress(AmiError):
                self.ask("Logoff")
            self._talker.close()

    def ask(self, action: str, *headers: Header) -> dict[str, str]:
        """The response's headers. Raises ActionRefused, InvalidAction, NotConnected."""
        assert self._talker is not None
        encode_action([("Action", action), *headers])  # raises what must not be sent
        try:
            response = self._talker.send_action({"Action": action, **dict(headers)})
        except ManagerException as error:
            raise NotConnected(f"{action}: no answer") from error
        answer: dict[str, str] = getattr(response, "headers", {})
        if answer.get("Response") == "Error":
            raise ActionRefused(action, answer.get("Message", ""))
        return answer

    def hears(self, event: str, seconds: float) -> bool:
        """Whether that event has come, or comes in time."""
        with self._news:
            return self._news.wait_for(lambda: event in self._heard, seconds)

    def _hear(self, event: object, manager: object) -> None:
        with self._news:
            self._heard.add(str(getattr(event, "name", "")))
            self._news.notify_all()

    def _connect(self) -> socket.socket:
        options = self._options
        try:
            plain = socket.create_connection((options.host, options.port), options.connect_timeout)
            plain.settimeout(options.action_timeout * 2)
            if options.tls is not None:
                return options.tls.wrap_socket(plain, server_hostname=options.host)
            greeting = plain.recv(len(_GREETING), socket.MSG_PEEK)
        except TimeoutError as error:
            raise NotConnected(f"{options.where} does not answer") from error
        except (ssl.SSLError, OSError) as error:
            raise NotConnected(f"cannot connect to {options.where}: {error}") from error
        if not greeting or not _GREETING.startswith(greeting):
            plain.close()
            raise NotAsterisk(f"{options.where} is no manager: it says {greeting!r}")
        return plain

    def _greet(self, talker: _Talker) -> None:
        try:
            talker.start()
        except ManagerException as error:
            raise NotConnected(f"{self._options.where} does not greet") from error

    def _login(self) -> None:
        options = self._options
        try:
            challenge = self.ask("Challenge", ("AuthType", "MD5")).get("Challenge", "")
        except ActionRefused:
            challenge = ""
        proof = proof_of(options, challenge)
        try:
            self.ask("Login", ("Username", options.user), *proof, ("Events", "system"))
        except ActionRefused as error:
            raise AuthenticationFailed(
                f"{options.where} refuses the manager user {options.user!r}: {error.message}"
            ) from error

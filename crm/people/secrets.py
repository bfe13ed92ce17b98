"""Passwords and tokens: made at random, kept as hashes. Argon2 for what people choose (RFC 9106),
SHA-256 for what is random enough already.
"""

import hashlib
import secrets
from collections.abc import Callable
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# n random bytes as text that is safe in a URL, a header and a SIP digest.
Entropy = Callable[[int], str]

random_text: Entropy = secrets.token_urlsafe

# Of a password that nobody knows, at the cost of the others. Made at each start, it would delay it.
_NOBODYS: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4"
    "$d5Sj5M8a04FK0mBD0yzAsw$1pzKAaix5vWvEHwYnfKgzg8TmU8pgdS/HQpKe159iy8"
)

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200


def token_hash(token: str) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _bytes(password: str) -> bytes:
    """Whatever was typed, or sent as half a character by a program, is a password."""
    return password.encode("utf-8", "surrogatepass")


class Passwords:
    """Argon2id. A check takes tens of milliseconds on purpose: call it off the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        return self._hasher.hash(_bytes(password))

    def matches(self, stored: str | None, password: str) -> bool:
        """An unknown user costs as much time as a known one, so that logins cannot be guessed."""
        try:
            self._hasher.verify(stored or _NOBODYS, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

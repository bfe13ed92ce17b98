"""Proving who we are, without saying the secret where it can be avoided."""

import hashlib
from typing import Protocol

from pbx_bridge.ami.errors import ActionRefused, AuthenticationFailed, InsecureLogin
from pbx_bridge.ami.options import AmiOptions, Header
from pbx_bridge.ami.protocol import Message

# FullyBooted is of the class `system`. The bridge asks for the others when it is ready for them.
_FIRST_MASK: Header = ("Events", "system")


class Talker(Protocol):
    async def action(self, name: str, *headers: Header) -> Message: ...


async def login(session: Talker, options: AmiOptions) -> None:
    """By MD5 challenge where the manager offers it, else plainly if nobody can read along.

    Raises AuthenticationFailed, InsecureLogin, ActionTimeout, NotConnected.
    """
    try:
        challenge = (await session.action("Challenge", ("AuthType", "MD5"))).get("Challenge")
    except ActionRefused:
        challenge = ""
    proof = proof_of(options, challenge)
    try:
        await session.action("Login", ("Username", options.user), *proof, _FIRST_MASK)
    except ActionRefused as error:
        raise AuthenticationFailed(
            f"{options.where} refuses the manager user {options.user!r}: {error.message}"
        ) from error


def proof_of(options: AmiOptions, challenge: str) -> tuple[Header, ...]:
    """The Login's headers that prove the secret; `challenge` is empty where there is none.

    Raises InsecureLogin rather than saying the secret where others could read it.
    """
    if challenge:
        # The manager knows MD5 or nothing.
        text = (challenge + options.secret).encode()
        digest = hashlib.md5(text, usedforsecurity=False).hexdigest()
        return (("AuthType", "MD5"), ("Key", digest))
    if options.readable:
        raise InsecureLogin(
            f"{options.where} offers no MD5 challenge, and the secret would be readable on its way:"
            " switch TLS on (HOVORNA_AMI_TLS)"
        )
    return (("Secret", options.secret),)

"""All questions, in the order in which an answer makes the next one worth asking."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pbx_bridge.ami.errors import (
    ActionRefused,
    AmiError,
    AuthenticationFailed,
    InsecureLogin,
    NotAsterisk,
)
from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.cel.source import CelSource, CelUnavailable, Row
from pbx_bridge.doctor import checks
from pbx_bridge.doctor.conversation import Conversation
from pbx_bridge.doctor.findings import CEL_ON, Finding, bad, good, manager_user

_BOOTED_SECONDS = 1.0


def examine(
    options: AmiOptions,
    folder: Path | None,
    *,
    has_source: bool,
    our_address: str,
    clock: Callable[[], float] = time.time,
) -> Iterator[Finding]:
    """What the manager tells, and the recordings' `folder`. `our_address` as the PBX sees it."""
    try:
        with Conversation(options) as manager:
            yield good(f"the manager at {options.where} lets {options.user!r} in")
            yield from _ask(manager, has_source=has_source, clock=clock)
    except AmiError as error:
        yield _unreachable(error, options, our_address)
    yield checks.recordings(folder)


async def examine_cel(source: CelSource) -> Finding:
    """Whether rows can be read."""
    rows: list[Row] = []
    position: str | None = None
    try:
        await source.end()
        for _ in range(5):
            batch = await source.read(position)
            rows += batch.rows
            position = batch.position
            if not batch.rows:
                break
    except CelUnavailable as error:
        return bad(f"CEL cannot be read: {error}", "Set HOVORNA_CEL_SOURCE.", CEL_ON)
    return checks.cel_rows(rows, source.name)


def _ask(
    manager: Conversation, *, has_source: bool, clock: Callable[[], float]
) -> Iterator[Finding]:
    commands = manager.ask("ListCommands")
    hears_system = manager.hears("FullyBooted", _BOOTED_SECONDS)
    yield from checks.rights(commands, hears_system=hears_system)
    try:
        yield checks.version(manager.ask("CoreSettings").get("AsteriskVersion", ""))
    except ActionRefused:
        yield checks.version("")
    modules = checks.ModuleCheck(manager)
    yield from modules.findings()
    yield from modules.cel(has_source=has_source)
    asked = clock()
    pong = manager.ask("Ping").get("Timestamp", "")
    yield checks.clocks(pong, (asked + clock()) / 2)


def _unreachable(error: AmiError, options: AmiOptions, our_address: str) -> Finding:
    user = manager_user(options.user, our_address)
    if isinstance(error, AuthenticationFailed):
        return bad(str(error), "Compare user, secret and permit with manager.conf.", user)
    if isinstance(error, InsecureLogin | NotAsterisk):
        return bad(str(error), "Check HOVORNA_AMI_HOST, HOVORNA_AMI_PORT and HOVORNA_AMI_TLS.")
    listen = (
        "; manager.conf, then: asterisk -rx 'manager reload'",
        "[general]",
        "enabled = yes",
        f"port = {options.port}",
        "bindaddr = <the PBX's address in your network; never a public one>",
    )
    return bad(str(error), "Switch the manager on, and let us through.", (*listen, *user[2:]))

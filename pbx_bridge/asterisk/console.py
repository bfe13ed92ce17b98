"""Asterisk's console, for our own PBX only: one command, its answer."""

import asyncio

from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.installation import Installation
from pbx_bridge.asterisk.paths import PbxPaths


async def console(
    installation: Installation, paths: PbxPaths, command: str, timeout_seconds: float = 10.0
) -> str:
    """Run one console command through the control socket. Raises PbxError."""
    process = await asyncio.create_subprocess_exec(
        *(*installation.command, "-C", str(paths.config), "-rx", command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            answer, _ = await process.communicate()
    except TimeoutError as error:
        raise PbxError(f"the PBX did not answer {command!r} in {timeout_seconds:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = answer.decode(errors="replace").strip()
    if process.returncode:
        raise PbxError(f"the PBX does not take {command!r}: {said[-200:]}")
    return said

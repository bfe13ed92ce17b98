"""`hovorna check-line` against the real PBX, which plays the provider."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pbx_bridge.asterisk.dialplan import ECHO_CODE
from pbx_bridge.sip.verdict import Exit
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios.stage import Stage

pytestmark = pytest.mark.pbx


async def _check(pbx: RunningPbx, *arguments: str, password: str | None = None) -> tuple[int, str]:
    """Exit code, and what it wrote to stdout."""
    right = next(it.password for it in pbx.directory.extensions if it.number == "101")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hovorna", "check-line", "--user", "101", "--seconds", "3"),
        *(*arguments, f"{pbx.host}:{pbx.sip_port}"),
        env=os.environ | {"HOVORNA_SIP_PASSWORD": password or right},
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_an_echo_proves_audio_both_ways(pbx: RunningPbx) -> None:
    code, out = await _check(pbx, "--call", ECHO_CODE, "--json")
    found: dict[str, Any] = json.loads(out)

    assert code == Exit.WELL, found
    assert found["registered"]
    assert not found["behind_nat"]
    assert found["call"]["echo"] is True
    assert found["call"]["stats"]["codec"] == "PCMA"
    assert found["call"]["stats"]["received"] > 100
    assert found["call"]["stats"]["mos"] > 4


async def test_it_says_in_words_what_it_found(pbx: RunningPbx) -> None:
    code, out = await _check(pbx)

    assert code == Exit.WELL
    assert "Registered in" in out
    assert "All is well." in out


async def test_a_wrong_password_has_its_own_exit_code(pbx: RunningPbx) -> None:
    code, out = await _check(pbx, password="wrong")

    assert code == Exit.REFUSED
    assert "refused the user name or the password" in out
    assert "wrong" not in out.replace("wrong password", "")


async def test_nobody_at_the_address(pbx: RunningPbx) -> None:
    await pbx.stop()

    code, out = await _check(pbx, "--timeout", "1")

    assert code == Exit.SILENT
    assert "does not answer" in out


async def test_a_number_that_is_not_there_and_one_that_is_busy(
    pbx: RunningPbx, stage: Stage
) -> None:
    await stage.phone("103", refuse=486)

    missing = await _check(pbx, "--call", "199")
    busy = await _check(pbx, "--call", "103")

    assert missing[0] == busy[0] == Exit.CALL_FAILED
    assert "199 was not found" in missing[1]
    assert "103 is busy" in busy[1]

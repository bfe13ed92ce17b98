"""`python -m tests.pbx.owner DATA SIP_PORT AMI_PORT PBX_HTTP_PORT`: owns a PBX until it is killed.

Says `ready PID` when the PBX is booted. The company's passwords are the same each time.
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from config.settings import PortRange, Settings
from pbx_bridge.asterisk.runner import BundledPbx
from pbx_bridge.directory import PbxDirectory
from tests.pbx.harness import installation
from tests.pbx.scenarios.stage import company

ROUTING_PORT = 9  # discard: nobody answers


def fixed_company() -> PbxDirectory:
    plain = company()
    return PbxDirectory(
        extensions=tuple(replace(it, password=f"pw-{it.number}") for it in plain.extensions),
        lines=tuple(replace(it, password=f"pw-{it.name}") for it in plain.lines),
    )


def owned_settings(data: Path, sip_port: int, ami_port: int, pbx_http_port: int) -> Settings:
    return Settings(
        data=data,
        sip_port=sip_port,
        ami_port=ami_port,
        pbx_http_port=pbx_http_port,
        routing_port=ROUTING_PORT,
        rtp_ports=PortRange((24000, 24399)),
    )


async def main(data: str, *ports: str) -> None:
    settings = owned_settings(Path(data), *map(int, ports))
    pbx = BundledPbx(settings, installation())
    await pbx.start(fixed_company(), ROUTING_PORT)
    print("ready", pbx.pid, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

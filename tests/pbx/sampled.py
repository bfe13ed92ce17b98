"""The sample company, made once in a process and then copied into each house."""

import asyncio
import atexit
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

from config.settings import load_settings
from crm.db import utc_now
from hovorna.demo import demo_info
from hovorna.offline import offline_crm
from hovorna.sample import load_sample, sample_info


async def move_in(data: Path) -> None:
    """Fill this new data directory as the first `hovorna serve --sample` does."""
    folder = _folder()
    made = folder / "made"
    if not made.exists():
        making = folder / "making"
        async with offline_crm(load_settings(data=making)) as crm:
            await load_sample(crm, utc_now())
        making.rename(made)
    await asyncio.to_thread(shutil.copytree, made, data)


async def info_of(data: Path, http_port: int, sip_port: int) -> dict[str, Any]:
    """What `hovorna demo info --json` prints there."""
    settings = load_settings(data=data, http_port=http_port, sip_port=sip_port)
    async with offline_crm(settings) as crm:
        return demo_info(settings, await sample_info(crm))


@functools.cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hovorna-sample-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

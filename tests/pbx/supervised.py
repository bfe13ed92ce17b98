"""Talks that a supervisor listens to, and what his page and the audit show of it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, expect

from pbx_bridge.sip.handles import PhoneCall
from tests.pbx.browser_phone import WAIT, BrowserPhone
from tests.pbx.softphones import (
    COLLEAGUES,
    OURS,
    THEIRS,
    hears_only,
)

TONES = (OURS, THEIRS, COLLEAGUES)


@dataclass
class Talk:
    """A client and Tomáš at his desk phone 105; Eva is at her browser."""

    client: PhoneCall
    desk: PhoneCall
    call: dict[str, Any]
    folder: Path

    async def client_hears(self, *tones: int) -> None:
        await hears_only(self.client, self.folder, *tones)

    async def desk_hears(self, *tones: int) -> None:
        await hears_only(self.desk, self.folder, *tones)


def on_board(phone: BrowserPhone, talk: Talk) -> Locator:
    return phone.page.locator(f"#board-call-{talk.call['id']}")


async def listening(eva: BrowserPhone, words: str) -> None:
    await expect(eva.page.locator("#listening")).to_contain_text(words, timeout=WAIT)


async def noted(eva: BrowserPhone, talk: Talk) -> list[str]:
    """What the audit has of this call, the newest last."""
    page = await eva.context.new_page()
    await page.goto("/settings/audit")
    rows = page.locator("tbody tr", has_text=re.compile(rf"\b{talk.call['id']}\b"))
    texts = await rows.locator("td:nth-child(3)").all_inner_texts()
    await page.close()
    return [text.strip() for text in reversed(texts)]

"""Chromium with the page of the employee at 101, signed in."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from playwright.async_api import Page, async_playwright

from tests.bench._house import House

_CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = ("--no-sandbox", "--disable-background-networking", "--no-first-run")


@contextlib.asynccontextmanager
async def signed_in(
    house: House, *, script: str = "", arguments: Sequence[str] = ()
) -> AsyncIterator[Page]:
    """`script` runs in every document before its own; `arguments` are Chromium's, besides ours."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_CHROMIUM, args=[*_ARGUMENTS, *arguments]
        )
        page = await browser.new_page()
        if script:
            await page.add_init_script(script)
        await page.goto(f"{house.url}/sign-in")
        await page.fill("[name=login]", house.login)
        await page.fill("[name=password]", house.password)
        await page.click("form button")
        await page.wait_for_selector("html[data-live=on]", timeout=15_000)
        try:
            yield page
        finally:
            await browser.close()

"""`hovorna user` and the first start: whose passwords are for one use."""

import argparse
import io
from pathlib import Path

import pytest

from config.settings import Settings
from crm.app import Crm, open_crm
from hovorna import user
from hovorna.first import first_administrator
from tests.unit.crm.world import CHEAP, FakeTelephony


async def opened(folder: Path) -> Crm:
    return await open_crm(Settings(data=folder), FakeTelephony(), passwords=CHEAP)


async def command(*words: str) -> None:
    parser = argparse.ArgumentParser()
    user.add_arguments(parser)
    await user._run(parser.parse_args(words))


async def once(folder: Path, login: str, password: str) -> bool:
    """Whether the password that lets the user in is to be changed first."""
    crm = await opened(folder)
    try:
        await crm.sign_in.sign_in(login, password)
        return (await crm.sign_in.actor_by_login(login)).password_once
    finally:
        await crm.close()


async def test_the_first_administrator_chooses_a_password(tmp_path: Path) -> None:
    crm = await opened(tmp_path)
    made = await first_administrator(crm)
    assert made is not None
    assert await first_administrator(crm) is None
    await crm.close()
    assert await once(tmp_path, *made)


async def test_a_printed_password_is_for_one_use_and_a_given_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOVORNA_DATA", str(tmp_path))
    await command("add", "eva", "--role", "administrator")
    assert await once(tmp_path, "eva", capsys.readouterr().out.strip())
    monkeypatch.setattr("sys.stdin", io.StringIO("a password of my own\n"))
    await command("password", "eva", "--stdin")
    assert not await once(tmp_path, "eva", "a password of my own")
    assert capsys.readouterr().out == ""
    await command("password", "eva")
    assert await once(tmp_path, "eva", capsys.readouterr().out.strip())

"""CEL in a database, and the setting that names a source."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from pbx_bridge.calls import from_cel
from pbx_bridge.cel.opening import open_source
from pbx_bridge.cel.source import CelUnavailable
from pbx_bridge.cel.sql import CelTable
from pbx_bridge.cel.tail import TailedFile

PRAGUE = ZoneInfo("Europe/Prague")

# As FreePBX makes it.
CREATE = """
create table cel (
  id integer primary key, eventtype varchar(30), eventtime datetime, cid_name varchar(80),
  cid_num varchar(80), cid_ani varchar(80), cid_rdnis varchar(80), cid_dnid varchar(80),
  exten varchar(80), context varchar(80), channame varchar(80), appname varchar(80),
  appdata varchar(80), uniqueid varchar(32), linkedid varchar(32), peer varchar(80),
  extra varchar(512))
"""
INSERT = """
insert into cel
(eventtype, eventtime, cid_name, cid_num, exten, channame, uniqueid, linkedid, extra)
values (:eventtype, '2026-07-01 12:00:00.250000', 'Jan', '+420777123456', '100',
        'PJSIP/line1-00000000', :uniqueid, '1.0', :extra)
"""


async def fill(path: Path, *rows: tuple[str, str, str]) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    async with engine.begin() as connection:
        await connection.execute(text(CREATE.replace("create table", "create table if not exists")))
        for eventtype, uniqueid, extra in rows:
            values = {"eventtype": eventtype, "uniqueid": uniqueid, "extra": extra}
            await connection.execute(text(INSERT), values)
    await engine.dispose()


async def test_rows_of_a_freepbx_table_become_facts(tmp_path: Path) -> None:
    path = tmp_path / "asteriskcdrdb.sqlite"
    await fill(path, ("CHAN_START", "1.0", ""), ("HANGUP", "1.0", '{"hangupcause":16}'))
    source = open_source(f"sqlite:///{path}", PRAGUE)
    assert isinstance(source, CelTable)
    batch = await source.read(None)
    created, hung = [from_cel.facts(row)[0] for row in batch.rows]
    assert (getattr(created, "number"), getattr(hung, "cause")) == ("+420777123456", 16)  # noqa: B009
    assert created.at == 1782900000250000  # 10:00:00.25 UTC: Prague has summer time
    await fill(path, ("CHAN_START", "1.1", ""))
    following = await source.read(batch.position)
    assert [row["uniqueid"] for row in following.rows] == ["1.1"]
    assert (await source.read(following.position)).rows == []
    assert await source.end() == following.position == "3"
    await source.close()


async def test_a_database_without_the_table_is_no_cel(tmp_path: Path) -> None:
    source = open_source(f"sqlite:///{tmp_path / 'empty.sqlite'}?table=asterisk_cel", PRAGUE)
    assert isinstance(source, CelTable)
    with pytest.raises(CelUnavailable, match="asterisk_cel"):
        await source.read(None)
    with pytest.raises(CelUnavailable, match="asterisk_cel"):
        await source.end()
    await source.close()


async def test_the_password_is_in_no_message() -> None:
    source = open_source("postgresql://cel:tajne@127.0.0.1:1/asterisk", PRAGUE)
    assert isinstance(source, CelTable)
    assert "tajne" not in source.name
    with pytest.raises(CelUnavailable) as caught:
        await source.read(None)
    assert "tajne" not in str(caught.value)
    await source.close()


def test_the_setting_names_files() -> None:
    for setting in ("jsonl:/var/log/asterisk/cel-custom/cel.jsonl", "csv:/var/log/Master.csv"):
        source = open_source(setting, PRAGUE)
        assert isinstance(source, TailedFile)
        assert source.name == f"file:{setting.partition(':')[2]}"


@pytest.mark.parametrize(
    "setting", ["", "nonsense", "oracle9i://x/y", "sqlite:///x?table=cel;drop"]
)
def test_a_setting_that_is_no_source_is_named(setting: str) -> None:
    with pytest.raises(CelUnavailable, match="HOVORNA_CEL_SOURCE"):
        open_source(setting, PRAGUE)

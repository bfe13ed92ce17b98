import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, insert, inspect, select, text
from sqlalchemy.orm import Session

import crm.migrations
from crm.clients.models import CardType
from crm.clients.views import CardFilter
from crm.db import open_database
from crm.errors import DatabaseTooNew, DatabaseUnavailable
from crm.migrations import HEAD, migrate
from crm.models import Base
from tests.unit.crm.telephony.company import Story
from tests.unit.crm.world import MONDAY, World, reopened, world

pytestmark = pytest.mark.database


def test_the_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(crm.migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


async def test_the_migrations_make_the_tables_of_the_models(empty: str) -> None:
    assert await migrate(empty) is None
    assert await migrate(empty) == HEAD

    def differences(session: Session) -> list[Any]:
        def ours(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
            return not (kind == "table" and (name or "").startswith("card_search"))

        context = MigrationContext.configure(session.connection(), opts={"include_object": ours})
        return list(compare_metadata(context, Base.metadata))

    db = open_database(empty)
    try:
        assert await db.read(differences) == []
    finally:
        await db.close()


Rows = dict[str, list[dict[str, Any]]]


def _everything(connection: Connection) -> Rows:
    """All rows of all tables of ours."""
    kept = MetaData()
    names = [
        name
        for name in inspect(connection).get_table_names()
        if not name.startswith(("card_search", "alembic"))
    ]
    kept.reflect(connection, only=names)
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for table in kept.sorted_tables
    }


async def _rows(url: str) -> Rows:
    db = open_database(url)
    try:
        return await db.read(lambda s: _everything(s.connection()))
    finally:
        await db.close()


async def _live(made: World) -> None:
    """Something of everything."""
    await made.card("Eva Malá", "777 123 456", emails=["eva@mala.cz"])
    gone = await made.card("Gone Away", "777 999 999")
    await made.crm.clients.delete_card(made.ada, CardType.CONTACT, gone.id)
    lead = await made.happens(*Story("main-1").missed_inbound("608111222"))
    await made.crm.notes.add(made.eva, "Call back", call_id=lead)
    await made.happens(*Story("main-2").answered_inbound())


def _shared(rows: Rows, other: Rows, but: str = "") -> Rows:
    """What both have columns for, in any order."""

    def kept(table: str, row: dict[str, Any]) -> dict[str, Any]:
        there = other[table][0].keys() if other[table] else row.keys()
        return {name: row[name] for name in sorted(row) if name in there and name != but}

    return {table: sorted((kept(table, it) for it in rows[table]), key=repr) for table in rows}


async def test_one_step_back_and_forth_keeps_all_data(empty: str, tmp_path: Path) -> None:
    async with world(empty, tmp_path) as made:
        await _live(made)
    before = await _rows(empty)
    assert all(before[name] for name in ("cards", "phones", "calls", "call_events", "activities"))
    assert all(row["web_password"] for row in before["extensions"])
    await migrate(empty, "0002")
    older = await _rows(empty)
    assert _shared(older, before) == _shared(before, older)
    await migrate(empty, "0001")
    assert await _rows(empty) == older
    await migrate(empty)
    again = await _rows(empty)
    # The passwords that browsers register with are made anew.
    assert all(row["web_password"] for row in again["extensions"])
    assert _shared(again, before, "web_password") == _shared(before, again, "web_password")
    async with reopened(empty, tmp_path) as made:
        page = await made.crm.clients.list_cards(
            made.ada, CardType.CONTACT, CardFilter(q="mala 777")
        )
        assert [card.name for card in page.items] == ["Eva Malá"]
        deleted = await made.crm.clients.quick_search(made.ada, "gone")
        assert deleted == ()


async def test_what_is_not_recorded_unasked_is_not_recorded_by_an_older_version(
    empty: str, tmp_path: Path
) -> None:
    async with world(empty, tmp_path) as made:
        for number, mode in (("101", "on"), ("102", "off"), ("105", "ask")):
            await made.crm.lines.update_extension(made.ada, number, {"record": mode})
    await migrate(empty, "0006")
    older = {row["number"]: bool(row["record"]) for row in (await _rows(empty))["extensions"]}
    assert older == {"101": True, "102": False, "105": False}
    await migrate(empty)
    now = {row["number"]: row["recording"] for row in (await _rows(empty))["extensions"]}
    assert now == {"101": "on", "102": "off", "105": "off"}


async def test_back_to_nothing_leaves_nothing(empty: str, tmp_path: Path) -> None:
    async with world(empty, tmp_path) as made:
        await _live(made)
    await migrate(empty, "base")
    left = await _rows(empty)
    assert left == {}
    await migrate(empty)


async def test_a_database_from_a_newer_version_is_left_alone(empty: str) -> None:
    await migrate(empty)
    db = open_database(empty)
    try:
        await db.write(lambda s: s.execute(text("UPDATE alembic_version SET version_num = '9999'")))
        before = await _rows(empty)
        for target in ("head", "base", "0001"):
            with pytest.raises(DatabaseTooNew, match=r"9999.*Nothing was changed"):
                await migrate(empty, target)
        assert await _rows(empty) == before
    finally:
        await db.close()


async def test_two_programs_that_start_together_migrate_once(empty: str) -> None:
    answers = await asyncio.gather(*(migrate(empty) for _ in range(3)))
    assert sorted(answers, key=str) == [HEAD, HEAD, None]


async def test_a_step_that_fails_leaves_the_database_as_it_was(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(empty, "0001")
    db = open_database(empty)
    card = {"type": "contact", "name": "X", "name_key": "x"}
    moments = dict.fromkeys(("created_at", "updated_at", "active_at"), MONDAY)
    try:
        row = {**card, **moments, "fields": {}, "comment": "", "version": 1}
        await db.write(lambda s: s.execute(insert(Base.metadata.tables["cards"]), [row]))
    finally:
        await db.close()

    def fails(*_: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr("crm.clients.search.insert_rows", fails)
    with pytest.raises(RuntimeError, match="no room"):
        await migrate(empty)
    monkeypatch.undo()
    db = open_database(empty)
    try:
        version = text("SELECT version_num FROM alembic_version")
        assert await db.read(lambda s: s.scalar(version)) == "0001"
        assert not await db.read(lambda s: inspect(s.connection()).has_table("card_search"))
    finally:
        await db.close()
    await migrate(empty)


async def test_a_file_that_is_no_database_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "hovorna.db"
    path.write_bytes(b"This is not a database." * 1000)
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        await migrate(f"sqlite+aiosqlite:///{path}")
    assert path.read_bytes().startswith(b"This is not")


async def test_a_server_that_is_not_there_is_told_so() -> None:
    with pytest.raises(DatabaseUnavailable):
        await migrate("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")


async def test_a_locked_database_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.db.BUSY_SECONDS", 0.1)
    path = tmp_path / "hovorna.db"
    holder = sqlite3.connect(path, isolation_level=None)
    try:
        holder.execute("PRAGMA journal_mode=WAL")
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable, match="locked"):
            await migrate(f"sqlite+aiosqlite:///{path}")
    finally:
        holder.close()

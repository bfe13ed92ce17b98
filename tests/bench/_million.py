"""A database with a million clients and 1,300,000 numbers, made by bulk insert."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from config.settings import Settings
from crm.app import open_crm
from crm.clients.search import index_text
from crm.clients.store import name_key
from crm.columns import to_micros
from crm.db import utc_now
from hovorna.sample_names import MEN, SURNAMES, WOMEN
from hovorna.telephone import Telephone

CLIENTS = 1_000_000
SECOND_NUMBERS = 300_000
BATCH = 20_000
COMPANIES = 100_000  # of the clients; the rest are contacts
SHARED = 20  # every 20th second number is another client's first one


def first_number(client: int) -> str:
    """Of the client with this id: each has its own."""
    return f"+4207{20_000_000 + client}"


def second_number(client: int) -> str:
    return first_number(client + 1) if client % SHARED == 0 else f"+4206{30_000_000 + client}"


async def make(data: Path, clients: int = CLIENTS) -> str:
    """Migrate and fill the database under `data`; an administrator's token."""
    crm = await open_crm(Settings(data=data), Telephone())
    try:
        password = "only for this benchmark"
        user = await crm.people.create_user(
            None,
            {"login": "bench", "name": "Bench", "role": "administrator", "password": password},
        )
        actor = crm.sign_in.actor(user.id)
        assert actor is not None
        token = await crm.sign_in.create_token(actor, "bench")
    finally:
        await crm.close()
    _fill(data / "hovorna.db", user.id, clients)
    assert token.secret is not None
    return token.secret


def _fill(path: Path, owner: int, clients: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-400000")
        for start in range(1, clients + 1, BATCH):
            rows = list(_cards(owner, start, min(start + BATCH, clients + 1)))
            connection.execute("BEGIN")
            _insert(connection, rows, int(clients * SECOND_NUMBERS / CLIENTS))
            connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _cards(owner: int, start: int, stop: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(start)
    now = utc_now()
    for client in range(start, stop):
        man = chance.random() < 0.5
        first = chance.choice(MEN if man else WOMEN)
        name = f"{first} {chance.choice(SURNAMES)[0 if man else 1]}"
        company = client <= COMPANIES
        at = to_micros(now - timedelta(seconds=chance.randrange(100_000_000)))
        yield {
            "id": client,
            "type": "company" if company else "contact",
            "name": f"{name} {client} s.r.o." if company else name,
            "company_id": None if company or chance.random() < 0.5 else client % COMPANIES + 1,
            "responsible_id": owner,
            "at": at,
        }


def _insert(connection: sqlite3.Connection, rows: list[dict[str, Any]], seconds: int) -> None:
    connection.executemany(
        "INSERT INTO cards (id, type, name, name_key, company_id, is_open, responsible_id, source,"
        " comment, fields, created_at, updated_at, active_at, version) VALUES (:id, :type, :name,"
        " :key, :company_id, 0, :responsible_id, 'import', '', '{}', :at, :at, :at, 1)",
        [row | {"key": name_key(row["name"])} for row in rows],
    )
    numbers = [(row["id"], first_number(row["id"]), "mobile", 0) for row in rows]
    numbers += [(r["id"], second_number(r["id"]), "work", 1) for r in rows if r["id"] <= seconds]
    connection.executemany(
        "INSERT INTO phones (card_id, number, kind, position) VALUES (?, ?, ?, ?)", numbers
    )
    texts: dict[int, list[str]] = {}
    for card_id, number, _, _ in numbers:
        texts.setdefault(card_id, []).append(number)
    connection.executemany(
        "INSERT INTO card_search (rowid, type, words) VALUES (?, ?, ?)",
        [(r["id"], r["type"], index_text(r["name"], None, (), texts[r["id"]])) for r in rows],
    )

"""The word index of the cards, filled from those that are there."""

from alembic import op
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from crm.clients.search import index_text, insert_rows

revision = "0002"
down_revision = "0001"

BATCH = 5000


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE card_search USING fts5("
            "type, words, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3', "
            "columnsize = 0)"
        )
    else:
        op.execute(
            "CREATE TABLE card_search (card_id BIGINT PRIMARY KEY REFERENCES cards(id) "
            "ON DELETE CASCADE, type VARCHAR(10) NOT NULL, words TSVECTOR NOT NULL)"
        )
        op.execute("CREATE INDEX ix_card_search_words ON card_search USING gin (words)")
    _fill(connection)


def _fill(connection: Connection) -> None:
    after = 0
    while True:
        cards = connection.execute(
            text(
                "SELECT id, type, name, title FROM cards WHERE id > :after "
                "AND deleted_at IS NULL AND converted_to_id IS NULL ORDER BY id LIMIT :batch"
            ),
            {"after": after, "batch": BATCH},
        ).all()
        if not cards:
            return
        last = cards[-1].id
        span = {"after": after, "last": last}
        numbers = _values(connection, "phones", "number", span)
        emails = _values(connection, "emails", "address", span)
        rows = []
        for card in cards:
            words = index_text(
                card.name, card.title, emails.get(card.id, ()), numbers.get(card.id, ())
            )
            rows.append({"id": card.id, "type": card.type, "words": words})
        insert_rows(Session(connection), rows)
        after = last


def _values(
    connection: Connection, table: str, column: str, span: dict[str, int]
) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    query = f"SELECT card_id, {column} FROM {table} WHERE card_id > :after AND card_id <= :last"  # noqa: S608 - constants of this module
    for card_id, value in connection.execute(text(query), span):
        found.setdefault(card_id, []).append(value)
    return found


def downgrade() -> None:
    op.execute("DROP TABLE card_search")

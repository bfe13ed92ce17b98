"""Reading the audit: who saw or changed what, newest first."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from crm.paging import Page, check_limit, decode_cursor, encode_cursor
from crm.people.models import AuditEntry
from crm.people.views import AuditFilter, AuditView


def page_of_entries(
    session: Session, wanted: AuditFilter, limit: int, cursor: str | None
) -> Page[AuditView]:
    """Raises Invalid for a cursor that is none of this list."""
    check_limit(limit)
    where = _conditions(wanted)
    total = session.scalar(select(func.count()).select_from(AuditEntry).where(*where)) or 0
    query = select(AuditEntry).where(*where).order_by(AuditEntry.id.desc()).limit(limit + 1)
    if cursor is not None:
        (last,) = decode_cursor(cursor, int)
        query = query.where(AuditEntry.id < last)
    rows = session.scalars(query).all()
    after = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return Page(tuple(_view(row) for row in rows[:limit]), total, after)


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.subject is not None:
        found.append(AuditEntry.subject == wanted.subject)
    if wanted.subject_id is not None:
        found.append(AuditEntry.subject_id == wanted.subject_id)
    if wanted.user is not None:
        found.append(AuditEntry.user_id == wanted.user)
    if wanted.since is not None:
        found.append(AuditEntry.at >= wanted.since)
    return found


def _view(row: AuditEntry) -> AuditView:
    return AuditView(
        row.id, row.at, row.user_name, row.action, row.subject, row.subject_id, row.details
    )

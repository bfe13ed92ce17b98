"""What follows from a call for the clients: its cards, a lead, a missed call (T1-T4, T15)."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.columns import from_micros
from crm.people.directory import Directory
from crm.telephony import matching, missed
from crm.telephony.numbering import client_number, country_of_line
from crm.telephony.projection import first_sign, last_speaker
from crm.telephony.results import Results
from pbx_bridge.calls.events import Direction
from pbx_bridge.calls.record import CallRecord

# An outbound call that ended so has reached the client's network.
_REACHED_OUT = ("answered", "busy", "no_answer", "rejected")


class Rules:
    """`country` and `language` are the company's."""

    def __init__(self, country: str, language: str) -> None:
        self.country = country
        self.language = language

    def client_of(self, record: CallRecord, directory: Directory) -> str | None:
        """E.164 of the client in this call, if there is one."""
        if record.direction is Direction.INTERNAL or record.withheld:
            return None
        country = country_of_line(directory, record.line, self.country)
        return client_number(record.number, country, directory)

    def follow(
        self,
        session: Session,
        call_id: int,
        old: CallRecord | None,
        new: CallRecord,
        directory: Directory,
        results: Results,
    ) -> None:
        """Bring cards, lead and missed call in line with the record. Idempotent."""
        number = self.client_of(new, directory)
        known_before = self.client_of(old, directory) if old else None
        if (number and number != known_before) or self._may_make_lead_now(old, new):
            self._put_on_cards(session, call_id, number, new, directory, results)
        if new.answered_at is not None and (old is None or old.answered_at is None):
            self._answered(session, call_id, number, new, directory, results)
        self._follow_owner(session, call_id, old, new, directory, results)
        self._missed(session, call_id, number, old, new, results)

    def _follow_owner(
        self,
        session: Session,
        call_id: int,
        old: CallRecord | None,
        new: CallRecord,
        directory: Directory,
        results: Results,
    ) -> None:
        """A lead that nobody has worked on yet goes where its call goes."""
        last = last_speaker(new)
        before = last_speaker(old) if old is not None else None
        if directory.owner_is_first or last is None or before is None or last == before:
            return
        person = directory.user_of(last.extension)
        if person is None:
            return
        lead = matching.give_lead_to(session, call_id, person.id)
        if lead is not None:
            results.changed_leads.append(lead)

    def _may_make_lead_now(self, old: CallRecord | None, new: CallRecord) -> bool:
        return _wants_lead(new) and (old is None or not _wants_lead(old))

    def _put_on_cards(
        self,
        session: Session,
        call_id: int,
        number: str | None,
        record: CallRecord,
        directory: Directory,
        results: Results,
    ) -> None:
        started_at = from_micros(record.started_at or first_sign(record))
        cards = matching.cards_of(session, number) if number else []
        if not cards and _wants_lead(record):
            lead = self._lead(call_id, number, record, directory, started_at)
            if lead is not None:
                card, made = matching.make_lead(session, lead, self.language)
                cards = [card]
                if made:
                    results.leads.append(card)
        if cards:
            matching.attach(session, call_id, cards, started_at)

    def _lead(
        self,
        call_id: int,
        number: str | None,
        record: CallRecord,
        directory: Directory,
        at: datetime,
    ) -> matching.NewLead | None:
        line = directory.lines.get(record.line) if record.line else None
        inbound = record.direction is Direction.INBOUND
        # A number that is no client's (our own, a short code) is not a withheld one.
        wanted = inbound and record.withheld and line is not None and line.lead_for_withheld
        if number is None and not wanted:
            return None
        owner = directory.user_of(record.extension)
        if inbound and line is not None:
            ringing = (directory.user_of(extension) for extension in line.ring)
            owner = next((person for person in ringing if person and person.active), None)
        return matching.NewLead(
            call_id=call_id,
            number=number,
            name=record.name if inbound else None,
            inbound=inbound,
            line_id=line.id if line else None,
            responsible_id=owner.id if owner else None,
            at=at,
        )

    def _answered(
        self,
        session: Session,
        call_id: int,
        number: str | None,
        record: CallRecord,
        directory: Directory,
        results: Results,
    ) -> None:
        answered = record.answered_by
        employee = directory.user_of(answered.extension) if answered else None
        person = employee or directory.user_of(record.extension)
        if person is not None:
            lead = matching.give_lead_to(session, call_id, person.id)
            if lead is not None:
                results.changed_leads.append(lead)
        if number is not None and record.answered_at is not None:
            at = from_micros(record.answered_at)
            user = person.id if person else None
            results.cleared += missed.clear_reached(session, call_id, number, user, at)

    def _missed(
        self,
        session: Session,
        call_id: int,
        number: str | None,
        old: CallRecord | None,
        new: CallRecord,
        results: Results,
    ) -> None:
        was = old is not None and _is_missed(old)
        if _is_missed(new) and not was:
            responsible = matching.responsible_for(session, call_id)
            at = from_micros(new.ended_at or 0)
            if missed.raise_missed(session, call_id, number, responsible, at):
                results.missed.append(call_id)
        elif was and not _is_missed(new) and missed.withdraw(session, call_id):
            results.cleared.append(call_id)


def _is_missed(record: CallRecord) -> bool:
    return record.direction is Direction.INBOUND and record.outcome in missed.COUNTED


def _wants_lead(record: CallRecord) -> bool:
    """Inbound: from the start. Outbound: once the client's side was really called.

    A click-to-call that its own employee did not take has called nobody.
    """
    if record.direction is Direction.INBOUND:
        return True
    if record.direction is not Direction.OUTBOUND:
        return False
    outside = [ring.party for ring in record.rings.values()]
    outside += [span.party for span in record.spans.values()]
    called = any(party.extension is None for party in outside)
    return called or record.outcome in _REACHED_OUT

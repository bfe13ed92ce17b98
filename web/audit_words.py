"""How the audit is said in the reader's language: what was done, to what, and the details."""

from collections.abc import Callable

from web.words import Gettext


def audit_action(action: str, _: Gettext) -> str:
    """What was done; an action without words here is shown by its code."""
    return {
        "created": _("created"),
        "changed": _("changed"),
        "saved": _("saved"),
        "deleted": _("deleted"),
        "restored": _("restored"),
        "converted": _("converted"),
        "moved": _("moved"),
        "revoked": _("revoked"),
        "saw_password": _("saw the password"),
        "cleared_missed": _("cleared as dealt with"),
        "reopened_missed": _("took back the clearing"),
        "sign_in_failed": _("failed to sign in"),
        "call_refused": _("was refused a call outside"),
        "listened_in": _("listened in"),
        "whispered": _("whispered to the colleague"),
        "barged_in": _("joined the call"),
        "took_over": _("took over the client"),
        "ended_call": _("ended the call of a colleague"),
        "meant_listened_in": _("meant to listen in"),
        "meant_whispered": _("meant to whisper to the colleague"),
        "meant_barged_in": _("meant to join the call"),
        "meant_took_over": _("meant to take over the client"),
        "meant_ended_call": _("meant to end the call of a colleague"),
        "not_listened_in": _("could not listen in"),
        "not_whispered": _("could not whisper to the colleague"),
        "not_barged_in": _("could not join the call"),
        "not_took_over": _("could not take over the client"),
        "not_ended_call": _("could not end the call of a colleague"),
        "held": _("held"),
        "resumed": _("resumed"),
        "transferred": _("transferred"),
        "consulted": _("consulted a colleague in"),
        "hung up": _("hung up"),
        "invited": _("called somebody into"),
        "dropped": _("hung somebody up in"),
        "muted": _("muted somebody in"),
        "unmuted": _("unmuted somebody in"),
        "left": _("left"),
        "cancel": _("gave up the consultation in"),
        "swap": _("went between client and colleague in"),
        "join": _("brought all together in"),
        "recording: start": _("began recording"),
        "recording: stop": _("ended recording"),
        "recording: pause": _("paused recording"),
        "recording: resume": _("went on recording"),
        "signed_out_everywhere": _("signed out everywhere"),
    }.get(action, action)


def audit_subjects(_: Gettext) -> dict[str, str]:
    """What may be changed or seen, in words."""
    return {
        "user": _("user"),
        "department": _("department"),
        "extension": _("extension"),
        "line": _("line"),
        "card": _("card"),
        "call": _("call"),
        "recording": _("recording"),
        "token": _("token"),
        "status": _("status"),
        "limits": _("limits of calling out"),
    }


def audit_subject(subject: str, _: Gettext) -> str:
    return audit_subjects(_).get(subject, subject)


def audit_detail(name: str, _: Gettext) -> str:
    """A detail's name, or a changed field's."""
    return {
        "active": _("active"),
        "address": _("address"),
        "announcement": _("announcement"),
        "announcement_sound": _("announcement's sound"),
        "birthday": _("birthday"),
        "card": _("card"),
        "comment": _("comment"),
        "company": _("company"),
        "company_id": _("company"),
        "countries": _("countries"),
        "country": _("country"),
        "default_line": _("default line"),
        "mobile": _("mobile"),
        "department_id": _("department"),
        "email": _("e-mail"),
        "emails": _("e-mails"),
        "extension": _("extension"),
        "fields": _("fields"),
        "host": _("provider's address"),
        "label": _("label"),
        "language": _("language"),
        "lead_for_withheld": _("lead for withheld numbers"),
        "lines": _("lines"),
        "login": _("login"),
        "mode": _("mode"),
        "name": _("name"),
        "number": _("number"),
        "outbound_per_hour": _("calls an hour"),
        "owner": _("owner"),
        "password": _("password"),
        "per_hour": _("calls an hour"),
        "phones": _("phones"),
        "pickup_group": _("pickup group"),
        "position": _("position"),
        "reason": _("reason"),
        "record": _("recording"),
        "responsible_id": _("responsible"),
        "ring": _("group"),
        "ring_seconds": _("seconds of ringing"),
        "role": _("role"),
        "sip_password": _("password"),
        "sip_user": _("account's user"),
        "source": _("source"),
        "status_id": _("status"),
        "timezone": _("time zone"),
        "title": _("title"),
        "to": _("to"),
        "user_id": _("employee"),
        "website": _("website"),
    }.get(name, name)


def audit_value(value: object, _: Gettext) -> str:
    if isinstance(value, list):
        return ", ".join(audit_detail(str(one), _) for one in value)
    return "" if value is None else str(value)


AUDIT_FILTERS: dict[str, Callable[..., object]] = {
    function.__name__: function
    for function in (audit_action, audit_detail, audit_subject, audit_value)
}

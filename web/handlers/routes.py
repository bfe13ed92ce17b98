"""The pages' routes."""

from aiohttp import web

from web.auth import PASSWORD_PATH
from web.errors import ERROR_PAGE
from web.handlers import (
    audit,
    board,
    calls,
    card_actions,
    card_edit,
    cards,
    dial_link,
    line_sound,
    listening,
    people,
    phone,
    search,
    settings,
    settings_phones,
    settings_statuses,
    softphone,
    steering,
    strip,
    supervision,
    try_it,
)
from web.handlers.errors import error_page
from web.rendering import setup_rendering

KIND = "/{kind:leads|contacts|companies}"
ID = r"{id:\d{1,15}}"
NOTE = r"{note:\d{1,15}}"
CARD = f"{KIND}/{ID}"
CALL = f"/calls/{ID}"


def add_routes(app: web.Application) -> None:
    """Register the pages, and how they are rendered."""
    setup_rendering(app)
    app[ERROR_PAGE] = error_page
    app.router.add_routes([*_people(), *_calls(), *_cards(), *_settings()])


def _people() -> list[web.RouteDef]:
    return [
        web.get("/", board.home),
        web.get("/sign-in", people.sign_in_form),
        web.post("/sign-in", people.sign_in),
        web.post("/sign-out", people.sign_out),
        web.get(PASSWORD_PATH, people.password_form),
        web.post(PASSWORD_PATH, people.choose_password),
        web.get("/profile", people.profile),
        web.post("/profile", people.save_profile),
        web.post("/profile/password", people.save_password),
        web.post("/profile/presence", people.set_presence),
        web.post("/profile/tokens", people.make_token),
        web.post(f"/profile/tokens/{ID}/delete", people.revoke_token),
        web.get("/profile/keys", people.keys),
        web.get("/try", try_it.try_it),
        web.get("/try/steps", try_it.steps),
        web.post("/try/call", try_it.call_in),
        web.post("/try/scene", try_it.scene),
        web.post("/try/did", try_it.did),
    ]


def _calls() -> list[web.RouteDef]:
    return [
        web.get("/board", board.board),
        web.get("/board/content", board.content),
        web.get("/strip", strip.strip),
        web.post("/dial", phone.dial),
        web.get("/softphone", softphone.window),
        web.get("/dial-link", dial_link.dial_link),
        web.post("/softphone/account", softphone.account),
        web.get("/panel/who", phone.who),
        web.get("/panel/people", phone.people),
        web.get("/panel/lines", phone.lines),
        web.get("/panel/recent", phone.recent),
        web.get("/calls", calls.call_list),
        web.get("/calls/rows", calls.call_rows),
        web.get("/calls/missed", calls.missed),
        web.get("/calls/missed/rows", calls.missed_rows),
        web.get("/calls/missed/count", calls.missed_count),
        web.post("/calls/missed/clear", calls.clear_missed),
        web.post("/calls/missed/reopen", calls.reopen_missed),
        web.get(CALL, calls.one_call),
        web.post(f"{CALL}/hangup", phone.hang_up),
        web.post(f"{CALL}/transfer", steering.transfer),
        web.post(f"{CALL}/consult/{{step:complete|cancel|swap|join}}", steering.consult),
        web.post(f"{CALL}/hold", steering.hold),
        web.post(f"{CALL}/resume", steering.resume),
        web.post(f"{CALL}/conference", steering.conference),
        web.post(f"{CALL}/party/{{act:mute|unmute|drop}}", steering.party),
        web.post(f"{CALL}/leave", steering.leave),
        web.post(f"{CALL}/record/{{act:start|stop|pause|resume}}", steering.record),
        web.get(f"{CALL}/picks", steering.picks),
        web.get(f"{CALL}/reason", calls.reason),
        web.post(f"{CALL}/pickup", phone.pick_up),
        web.post(f"{CALL}/supervise", supervision.supervise),
        web.get("/supervision", listening.listening),
        web.post(f"{CALL}/notes", calls.add_note),
        web.get(f"{CALL}/move", calls.move_form),
        web.post(f"{CALL}/move", calls.move),
        web.get("/recordings", calls.recordings),
        web.get("/recordings/rows", calls.recording_rows),
        web.get("/search/quick", search.quick),
        web.get("/picks", search.picks),
    ]


def _cards() -> list[web.RouteDef]:
    return [
        web.get(KIND, cards.card_list),
        web.get(f"{KIND}/rows", cards.card_rows),
        web.get(f"{KIND}/new", cards.new_form),
        web.post(f"{KIND}/new", cards.create),
        web.post(f"{KIND}/bulk", card_actions.bulk),
        web.post(f"{KIND}/restore", card_edit.restore),
        web.get(CARD, cards.card),
        web.get(f"{CARD}/timeline", cards.timeline),
        web.get(f"{CARD}/facts", cards.facts),
        web.post(f"{CARD}/fields/{{name}}", card_edit.save_field),
        web.get(f"{CARD}/phones", card_edit.phones_form),
        web.post(f"{CARD}/phones", card_edit.save_phones),
        web.get(f"{CARD}/company", card_edit.company_form),
        web.post(f"{CARD}/notes", card_edit.add_note),
        web.post(f"{CARD}/notes/{NOTE}/delete", card_edit.delete_note),
        web.post(f"{CARD}/notes/{NOTE}/restore", card_edit.restore_note),
        web.post(f"{CARD}/delete", card_edit.delete),
        web.get(f"/{{kind:leads}}/{ID}/convert", card_actions.convert_form),
        web.post(f"/{{kind:leads}}/{ID}/convert", card_actions.convert),
    ]


def _settings() -> list[web.RouteDef]:
    extension, line = r"/settings/extensions/{number:\d{2,10}}", "/settings/lines/{name}"
    return [
        web.get("/settings", settings.index),
        web.get("/settings/users", settings.users),
        web.get("/settings/users/new", settings.user_form),
        web.post("/settings/users/new", settings.save_user),
        web.get(f"/settings/users/{ID}", settings.user_form),
        web.post(f"/settings/users/{ID}", settings.save_user),
        web.get("/settings/departments", settings.departments),
        web.post("/settings/departments", settings.save_department),
        web.post(f"/settings/departments/{ID}", settings.save_department),
        web.get("/settings/audit", audit.audit),
        web.get("/settings/audit/rows", audit.audit_rows),
        web.get("/settings/limits", settings.limits),
        web.post("/settings/limits", settings.save_limits),
        web.post("/settings/call-owner", settings.save_call_owner),
        web.get("/settings/statuses", settings_statuses.statuses),
        web.get("/settings/statuses/new", settings_statuses.status_form),
        web.post("/settings/statuses/new", settings_statuses.save_status),
        web.get(f"/settings/statuses/{ID}", settings_statuses.status_form),
        web.post(f"/settings/statuses/{ID}", settings_statuses.save_status),
        web.post(f"/settings/statuses/{ID}/move", settings_statuses.move_status),
        web.get("/settings/extensions", settings_phones.extensions),
        web.get("/settings/extensions/new", settings_phones.extension_form),
        web.post("/settings/extensions/new", settings_phones.save_extension),
        web.get(extension, settings_phones.extension_form),
        web.post(extension, settings_phones.save_extension),
        web.post(f"{extension}/delete", settings_phones.delete_extension),
        web.post(f"{extension}/phone", settings_phones.phone_setup),
        web.get("/settings/lines", settings_phones.lines),
        web.get("/settings/lines/new", settings_phones.line_form),
        web.post("/settings/lines/new", settings_phones.save_line),
        web.get(line, settings_phones.line_form),
        web.post(line, settings_phones.save_line),
        web.post(f"{line}/delete", settings_phones.delete_line),
        web.post(f"{line}/test", settings_phones.test_line),
        web.get(f"{line}/sound", line_sound.audio),
        web.post(f"{line}/sound", line_sound.put),
        web.post(f"{line}/sound/delete", line_sound.remove),
    ]

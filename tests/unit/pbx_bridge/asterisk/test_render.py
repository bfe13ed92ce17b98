"""The whole configuration, from a directory of people and lines."""

import re
from dataclasses import replace

import pytest

from pbx_bridge.asterisk.announcing import sound_name
from pbx_bridge.asterisk.errors import DirectoryError, PbxError
from pbx_bridge.asterisk.modules import JSON_CEL, OPUS, REQUIRED
from pbx_bridge.directory import Announcement, MobileEntry, PbxDirectory
from tests.unit.pbx_bridge.asterisk.sample import (
    ASTERISK,
    COMPANY,
    EVA,
    LINE,
    PETR,
    SECOND,
    context,
    rendered,
    sections,
)


def test_the_same_directory_renders_the_same_files() -> None:
    assert rendered() == rendered()


def test_an_extension_is_an_endpoint_a_place_to_register_and_a_password() -> None:
    endpoint, aor, auth = sections(rendered()["pjsip.conf"], "101")
    assert endpoint["callerid"] == '"Eva Malá" <101>'
    assert endpoint["named_call_group"] == endpoint["named_pickup_group"] == "sales"
    assert int(aor["max_contacts"]) > 1
    assert auth["username"] == "101"
    assert auth["password"] == "evas-password"


def test_an_extensions_browsers_are_a_second_endpoint_with_a_password_of_its_own() -> None:
    text = rendered()["pjsip.conf"]
    endpoint, aor, auth = sections(text, "101-web")
    assert "[101-web](browser)" in text
    assert sections(text, "browser")[0]["webrtc"] == "yes"
    assert endpoint["callerid"] == '"Eva Malá" <101>'
    assert endpoint["named_pickup_group"] == "sales"
    assert int(aor["max_contacts"]) > 1
    assert aor["remove_existing"] == "no"
    assert (auth["username"], auth["password"]) == ("101-web", "evas-browser")
    for device in ("101", "101-web"):
        assert sections(text, device)[0]["set_var"] == "HOVORNA_EXTENSION=101"


def test_without_a_password_no_browser_can_register() -> None:
    files = rendered(PbxDirectory(extensions=(replace(EVA, web_password=""),)))
    assert sections(files["pjsip.conf"], "101-web") == []


def test_a_mobile_is_called_on_each_of_its_employees_lines_as_the_line_would_be() -> None:
    account = replace(SECOND, mode="register", host="sip.example.com:5070")
    eva = replace(EVA, mobile=MobileEntry("+420603111222", Announcement("Press one.", "en")))
    files = rendered(PbxDirectory(extensions=(eva, PETR), lines=(LINE, account)))
    (first,) = sections(files["pjsip.conf"], "101-mobile-line1")
    assert first == {"aors": "line1", "set_var": "HOVORNA_EXTENSION=101"}
    second, place = sections(files["pjsip.conf"], "101-mobile-line-2")
    assert place == {"type": "aor", "contact": "sip:+420603111222@sip.example.com:5070"}
    assert second == {
        "aors": "101-mobile-line-2",
        "outbound_auth": "line-2",
        "from_user": "account2",
        "from_domain": "sip.example.com",
        "set_var": "HOVORNA_EXTENSION=101",
    }
    assert "102-mobile" not in files["pjsip.conf"]
    (sound,) = context(files["extensions.conf"], "mobiles")
    assert sound.startswith("exten => 101,1,Return(announcement-")
    (number,) = context(files["extensions.conf"], "mobile-numbers")
    assert number == "exten => 101,1,Return(+420603111222)"


def test_nothing_comes_in_by_a_mobiles_endpoint() -> None:
    files = rendered()
    template = files["pjsip.conf"].partition("[mobile](!,provider)")[2].partition("[101]")[0]
    assert "identify_by = ip" in template
    assert "context = nowhere" in template
    assert "[nowhere]" not in files["extensions.conf"]
    assert "match" not in template


def test_browsers_reach_the_pbx_on_loopback_only() -> None:
    http = sections(rendered(pbx_http_port=9999)["http.conf"], "general")[0]
    assert (http["bindaddr"], http["bindport"]) == ("127.0.0.1", "9999")
    assert http["enable_static"] == http["enable_status"] == "no"


def test_on_loopback_audio_of_browsers_is_offered_on_loopback_and_beside_it() -> None:
    """Chromium finds 127.0.0.1 even without a network; Firefox never does."""
    here = rendered(addresses=("192.0.2.7",))
    offered = sections(here["rtp.conf"], "ice_host_candidates")
    assert offered == [{"192.0.2.7": "127.0.0.1,include_local_address"}]
    assert sections(here["pjsip.conf"], "browser")[0]["bind_rtp_to_media_address"] == "no"
    outside = rendered(addresses=("192.0.2.7",), host="0.0.0.0")
    assert "ice_host_candidates" not in outside["rtp.conf"]
    assert "bind_rtp_to_media_address" not in outside["pjsip.conf"]


def test_a_hostile_name_stays_a_name() -> None:
    name = 'x" <999>\n[evil]\ntype=endpoint\n;\\'
    files = rendered(PbxDirectory(extensions=(replace(EVA, name=name),)))
    assert "[evil]\n" not in files["pjsip.conf"]
    endpoint = sections(files["pjsip.conf"], "101")[0]
    assert endpoint["callerid"] == '"x\' ‹999› [evil] type=endpoint ,/" <101>'


def test_an_extension_without_a_name_shows_its_number() -> None:
    files = rendered(PbxDirectory(extensions=(replace(EVA, name="\n"),)))
    assert sections(files["pjsip.conf"], "101")[0]["callerid"] == '"101" <101>'


def test_a_provider_that_registers_with_us_is_known_by_its_user() -> None:
    text = rendered()["pjsip.conf"]
    assert sections(text, "line1")[0]["identify_by"] == "username"
    endpoint, auth, identify = sections(text, "line-2")
    assert endpoint["identify_by"] == "username,header"
    assert endpoint["aors"] == "account2"
    assert auth["username"] == "account2"
    assert identify["match_header"] == "From: /<sip:account2@/"
    assert sections(text, "account2")[0]["max_contacts"] == "1"


def test_a_provider_where_we_register_is_known_by_our_registration() -> None:
    line = replace(LINE, mode="register", host="sip.example.com:5070", user="u;1".replace(";", "+"))
    text = rendered(PbxDirectory(extensions=(EVA,), lines=(line,)))["pjsip.conf"]
    endpoint, aor, auth, registration = sections(text, "line1")
    assert registration["line"] == "yes"
    assert registration["client_uri"] == "sip:u+1@sip.example.com:5070"
    assert aor["contact"] == "sip:sip.example.com:5070"
    assert endpoint["from_domain"] == "sip.example.com"
    assert auth["password"] == "lines-password"


def test_a_provider_known_by_its_address_needs_no_password() -> None:
    line = replace(LINE, mode="address", host="192.0.2.7:5080", user="", password="")
    text = rendered(PbxDirectory(extensions=(EVA,), lines=(line,)))["pjsip.conf"]
    identify = sections(text, "line1")[-1]
    assert identify["match"] == "192.0.2.7"
    assert "outbound_auth" not in text


def test_what_a_provider_asks_for_is_no_employees_right() -> None:
    text = rendered()["pjsip.conf"]
    provider = sections(text, "provider")[0]
    assert provider["allow_transfer"] == "no"
    for line in ("line1", "line-2"):
        assert sections(text, line)[0]["context"] == f"in-{line}"


@pytest.mark.parametrize("dialled", ["+420222333444", "420222333444", "222333444"])
def test_a_line_is_called_by_its_number_in_any_usual_form(dialled: str) -> None:
    inbound = context(rendered()["extensions.conf"], "in-line1")
    assert f"exten => {dialled},1,Gosub(inbound,s,1(line1,line1,101-102,25))" in inbound


def test_nothing_from_outside_leads_to_what_employees_dial() -> None:
    text = rendered()["extensions.conf"]
    for line in ("line1", "line-2"):
        entries = context(text, f"in-{line}")
        assert all("Gosub(inbound,s,1(" in entry for entry in entries)
        assert not any("include" in entry or "_" in entry.split(",")[0] for entry in entries)
    inbound = "\n".join(context(text, "inbound"))
    assert not re.search(r"dial-out|destinations|inside|transfer", inbound)


def test_only_digits_reach_a_line() -> None:
    for entry in context(rendered()["extensions.conf"], "destinations"):
        pattern = entry.removeprefix("exten => ").split(",")[0]
        assert re.fullmatch(r"_\+?[0-9]*Z?X+|[0-9]+", pattern) or entry.startswith("same")


@pytest.mark.parametrize(
    ("country", "pattern", "number"),
    [
        ("CZ", "_XXXXXXXXX", "+420${EXTEN}"),
        ("CZ", "_00ZXXXXXXXXXXX", "+${EXTEN:2}"),
        ("DE", "_0XXXXXXXXXX", "+49${EXTEN:1}"),
        ("IT", "_XXXXXXXXXX", "+39${EXTEN}"),
        ("US", "_011ZXXXXXXXXXX", "+${EXTEN:3}"),
    ],
)
def test_numbers_are_dialled_as_in_the_companys_country(
    country: str, pattern: str, number: str
) -> None:
    entries = context(rendered(country=country)["extensions.conf"], "destinations")
    assert f"exten => {pattern},1,Gosub(dial-out,{number},1)" in entries


def test_an_emergency_call_goes_out_whatever_lines_one_may_use() -> None:
    entries = context(rendered()["extensions.conf"], "destinations")
    assert "exten => 112,1,Gosub(emergency,112,1)" in entries
    lines = context(rendered()["extensions.conf"], "emergency-lines")
    assert lines[0] == "exten => s,1,Return(line1.line-2)"
    assert "exten => 101,1,Return(line1.line-2)" in lines
    second = replace(EVA, default_line="line-2")
    directory = replace(COMPANY, extensions=(second,))
    lines = context(rendered(directory)["extensions.conf"], "emergency-lines")
    assert "exten => 101,1,Return(line-2.line1)" in lines


def test_a_line_that_is_down_is_said_to_be_in_the_employees_language() -> None:
    said = Announcement("Tato linka nefunguje.", "cs")
    directory = replace(COMPANY, extensions=(replace(EVA, line_down=said),))
    (sound,) = context(rendered(directory)["extensions.conf"], "down-sounds")
    assert sound == f"exten => 101,1,Return({sound_name(said)})"


def test_employees_may_use_their_own_lines_only() -> None:
    allowed = context(rendered()["extensions.conf"], "may-use")
    assert allowed == ["exten => 101.line1,1,Return()", "exten => 101.line_2,1,Return()"]


def test_employees_of_the_same_limits_share_what_they_may_call_without_the_crm() -> None:
    czech, dear = frozenset({"CZ"}), frozenset({"CZ", "CU"})
    people = tuple(
        replace(EVA, number=number, countries=countries)
        for number, countries in (("101", czech), ("102", dear), ("103", czech))
    )
    text = rendered(replace(COMPANY, extensions=people))["extensions.conf"]
    assert context(text, "reach") == [
        "exten => 101,1,Return(0)",
        "exten => 102,1,Return(1)",
        "exten => 103,1,Return(0)",
    ]
    assert "HOVORNA_WITHIN_0 = ^[+](420)\n" in text
    assert "HOVORNA_WITHIN_1 = ^[+](53|420)\n" in text
    assert "HOVORNA_WITHIN_2" not in text


def test_who_has_no_countries_calls_nobody_without_the_crm() -> None:
    text = rendered(PbxDirectory(extensions=(EVA,)))["extensions.conf"]
    assert "HOVORNA_WITHIN_0 = ^$\n" in text


def test_a_default_line_that_one_may_not_use_is_none() -> None:
    files = rendered(replace(COMPANY, extensions=(replace(EVA, default_line="line-9"),)))
    assert context(files["extensions.conf"], "employees") == ["exten => 101,1,Return()"]


def test_a_line_rings_only_extensions_that_exist() -> None:
    line = replace(LINE, ring=("101", "999", "101&evil", "101"))
    files = rendered(PbxDirectory(extensions=(EVA,), lines=(line,)))
    assert "(line1,line1,101,25)" in files["extensions.conf"]


@pytest.mark.parametrize(
    ("directory", "said"),
    [
        (PbxDirectory(extensions=(replace(EVA, number="800"),)), "800"),
        (PbxDirectory(extensions=(replace(EVA, number="112"),)), "112"),
        (PbxDirectory(extensions=(EVA, EVA)), "twice"),
        (PbxDirectory(lines=(replace(LINE, name="101-web"),)), "letter"),
        (PbxDirectory(extensions=(replace(EVA, web_password="a b\n"),)), "extension 101"),
        (PbxDirectory(lines=(LINE, replace(SECOND, name="LINE1"))), "twice"),
        (PbxDirectory(lines=(LINE, replace(SECOND, user="line1"))), "twice"),
        (PbxDirectory(extensions=(EVA,), lines=(replace(LINE, user="101"),)), "an extension"),
        (PbxDirectory(lines=(replace(LINE, mode="magic"),)), "mode"),
        (PbxDirectory(lines=(replace(LINE, mode="register", host=""),)), "HOST"),
        (PbxDirectory(lines=(replace(LINE, password=""),)), "password"),
        (PbxDirectory(lines=(replace(LINE, user="a b"),)), "user"),
        (PbxDirectory(lines=(replace(LINE, ring_seconds=0),)), "600 seconds"),
        (PbxDirectory(extensions=(replace(PETR, password="a\nb"),)), "extension 102"),
    ],
)
def test_what_the_pbx_cannot_take_is_refused_by_name(directory: PbxDirectory, said: str) -> None:
    with pytest.raises(DirectoryError, match=said):
        rendered(directory)


def test_no_manager_user_can_change_the_pbx_or_start_a_program() -> None:
    """`system` can load modules, `originate` can run their applications: nobody has both."""
    text = rendered()["manager.conf"]
    assert sections(text, "general")[0]["bindaddr"] == "127.0.0.1"
    for name, secret in [("hovorna", "amisecret"), ("hovorna-watcher", "watchersecret")]:
        user = sections(text, name)[0]
        rights = set(user["write"].split(","))
        assert rights <= {"system", "call", "reporting", "originate"}
        assert not {"system", "originate"} <= rights
        assert user["secret"] == secret


def test_no_module_can_start_a_program() -> None:
    loaded = re.findall(r"= (\w+)\.so", rendered()["modules.conf"])
    assert "autoload = no" in rendered()["modules.conf"]
    assert set(REQUIRED) <= set(loaded)
    forbidden = "system|shell|agi|externalivr|spool|originate|exec|ari|http_post|lua|ael|func_env"
    assert not [name for name in loaded if re.search(forbidden, name)]


def test_on_loopback_audio_goes_over_loopback() -> None:
    media = sections(rendered()["pjsip.conf"], "media")[0]
    assert media["media_address"] == "127.0.0.1"
    assert media["bind_rtp_to_media_address"] == "yes"
    assert "media_address" not in sections(rendered(host="0.0.0.0")["pjsip.conf"], "media")[0]


def test_a_host_name_cannot_be_listened_on() -> None:
    assert "127.0.0.1:5060" in rendered(host="localhost")["pjsip_transports.conf"]
    assert "[::1]:5060" in rendered(host="::1")["pjsip_transports.conf"]
    with pytest.raises(PbxError, match="HOVORNA_HOST"):
        rendered(host="pbx.example.com")


def test_older_versions_write_cel_as_csv_in_the_same_order() -> None:
    new = rendered()["cel_custom.conf"]
    assert "[cel.jsonl]" in new
    fields = new.partition("fields = ")[2].strip().lower()
    order = [name.partition("(")[0] for name in fields.split(",")]
    older = replace(ASTERISK, version="18.10.0", modules=ASTERISK.modules - {JSON_CEL})
    old = rendered(asterisk=older)["cel_custom.conf"]
    columns = re.findall(r"CSV_QUOTE\(\$\{(?:\w+\()?(\w+)\)?\}\)", old)
    assert [name.lower() for name in columns] == order


def test_opus_is_offered_where_the_build_has_it() -> None:
    assert sections(rendered()["pjsip.conf"], "phone")[0]["allow"] == "alaw,ulaw,g722,opus"
    without = replace(ASTERISK, modules=ASTERISK.modules - OPUS)
    phone = sections(rendered(asterisk=without)["pjsip.conf"], "phone")[0]
    assert phone["allow"] == "alaw,ulaw,g722"


def test_a_browser_that_rings_speaks_as_the_provider_does() -> None:
    browser = sections(rendered()["pjsip.conf"], "browser")[0]
    assert browser["allow"] == "alaw,ulaw,opus"


def test_secrets_are_in_no_representation() -> None:
    assert "secret" not in repr(PbxError("x"))
    files = rendered()
    holding = {name for name, text in files.items() if "amisecret" in text}
    assert holding == {"manager.conf"}
    assert {name for name, text in files.items() if "routingsecret" in text} == {"extensions.conf"}

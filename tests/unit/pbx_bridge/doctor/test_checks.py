"""What the doctor makes of answers."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from pbx_bridge.ami.errors import ActionRefused
from pbx_bridge.ami.options import Header
from pbx_bridge.doctor import checks
from pbx_bridge.doctor.findings import Finding, Grade

ENOUGH = dict.fromkeys(("Originate", "BlindTransfer", "CoreShowChannels", "Ping"), "")


def grades(findings: Iterable[Finding]) -> list[tuple[Grade, str]]:
    return [(it.grade, it.what) for it in findings]


def test_the_rights_that_we_ask_for_are_right() -> None:
    ((grade, _),) = grades(checks.rights(ENOUGH, hears_system=True))
    assert grade is Grade.GOOD


@pytest.mark.parametrize("action", ["Originate", "BlindTransfer", "CoreShowChannels"])
def test_a_missing_right_is_named_with_its_loss(action: str) -> None:
    less = {name: "" for name in ENOUGH if name != action}
    (finding,) = checks.rights(less, hears_system=True)
    assert finding.grade is Grade.BAD
    assert finding.what.startswith(f"write={checks._NEEDED[action][0]} is missing")
    assert "write = call,originate,reporting" in finding.paste


def test_deaf_for_system_events() -> None:
    ((grade, what),) = grades(checks.rights(ENOUGH, hears_system=False))
    assert (grade, what.split(" ")[0]) == (Grade.BAD, "read=system")


@pytest.mark.parametrize(("action", "right"), [("Command", "command"), ("UpdateConfig", "config")])
def test_a_dangerous_right_is_not_ready(action: str, right: str) -> None:
    ((grade, what),) = grades(checks.rights(ENOUGH | {action: ""}, hears_system=True))
    assert grade is Grade.BAD
    assert f"write={right} is too much" in what


def test_more_than_needed_is_doubtful() -> None:
    findings = grades(checks.rights(ENOUGH | {"DialplanExtensionAdd": ""}, hears_system=True))
    assert [grade for grade, _ in findings] == [Grade.DOUBTFUL, Grade.GOOD]


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("22.10.1+dfsg+~cs6.17", Grade.GOOD),
        ("18.0.0", Grade.GOOD),
        ("certified-18.9-cert5", Grade.GOOD),
        ("certified/18.9-cert5", Grade.GOOD),
        ("16.28.0~dfsg-0+deb11u4", Grade.BAD),
        ("certified-16.8-cert14", Grade.BAD),
        ("1.8.32.3", Grade.BAD),
        ("GIT-master-abcdef", Grade.DOUBTFUL),
        ("", Grade.DOUBTFUL),
    ],
)
def test_versions(text: str, grade: Grade) -> None:
    assert checks.version(text).grade is grade


class Modules:
    """A manager that knows modules by IFMODULE, or by ModuleCheck, or not at all."""

    def __init__(self, missing: tuple[str, ...] = (), by: str = "IFMODULE") -> None:
        self._missing = missing
        self._by = by

    def ask(self, action: str, *headers: Header) -> dict[str, str]:
        value = headers[0][1]
        gone = any(f"{name}.so" in value for name in self._missing)
        if action == "Getvar":
            return {"Value": str(int(not gone)) if self._by == "IFMODULE" else ""}
        if self._by != "ModuleCheck":
            raise ActionRefused(action, "Permission denied")
        if gone:
            raise ActionRefused(action, "Module not loaded")
        return {"Response": "Success"}


@pytest.mark.parametrize("by", ["IFMODULE", "ModuleCheck"])
def test_all_modules_are_there(by: str) -> None:
    findings = list(checks.ModuleCheck(Modules(by=by)).findings())
    assert {it.grade for it in findings} == {Grade.GOOD}
    assert "app_mixmonitor" in findings[0].what


@pytest.mark.parametrize("by", ["IFMODULE", "ModuleCheck"])
@pytest.mark.parametrize(
    ("name", "grade"),
    [
        ("app_mixmonitor", Grade.BAD),
        ("chan_pjsip", Grade.BAD),
        ("func_curl", Grade.DOUBTFUL),
        ("codec_alaw", Grade.DOUBTFUL),
    ],
)
def test_a_missing_module_is_named_with_its_line(by: str, name: str, grade: Grade) -> None:
    findings = list(checks.ModuleCheck(Modules((name,), by)).findings())
    (finding,) = [it for it in findings if it.grade is not Grade.GOOD]
    assert (finding.grade, finding.what.split()[0]) == (grade, name)
    assert f"load = {name}.so" in finding.paste


def test_either_opus_will_do() -> None:
    findings = list(checks.ModuleCheck(Modules(("codec_opus",))).findings())
    assert {it.grade for it in findings} == {Grade.GOOD}


def test_modules_that_cannot_be_looked_at_are_not_said_to_be_missing() -> None:
    findings = list(checks.ModuleCheck(Modules(by="nothing")).findings())
    assert {it.grade for it in findings} == {Grade.DOUBTFUL}
    assert "func_module is not loaded" in findings[0].what


def test_nothing_writes_cel() -> None:
    modules = checks.ModuleCheck(Modules((*checks._CEL_WRITERS, checks.JSON_CEL)))
    nothing, unset = modules.cel(has_source=False)
    assert nothing.grade is Grade.BAD
    assert "load = cel_custom.so" in nothing.paste
    assert any(line.startswith("cel.csv => ") for line in nothing.paste)
    assert (unset.grade, "cel_source" in unset.what) == (Grade.DOUBTFUL, True)


def test_json_lines_are_proposed_where_they_can_be_written() -> None:
    (_, unset) = checks.ModuleCheck(Modules()).cel(has_source=False)
    assert "format = json" in unset.paste
    ((grade, _),) = grades(checks.ModuleCheck(Modules()).cel(has_source=True))
    assert grade is Grade.GOOD


def rows(*types: str, times: int = 1) -> list[dict[str, str]]:
    return [{"eventtype": it, "eventtime": "1795439141.914704"} for it in types * times]


NOBODY_ANSWERS = ("CHAN_START", "APP_START", "HANGUP")
ANSWERED = [{**rows("HANGUP")[0], "eventextra": '{"hangupcause":16,"dialstatus":"ANSWER"}'}]
ALL_TYPES = ("CHAN_START", "APP_START", "ANSWER", "BRIDGE_ENTER", "BRIDGE_EXIT", "HANGUP")


@pytest.mark.parametrize(
    ("found", "grade", "said"),
    [
        (rows(*ALL_TYPES, times=50), Grade.GOOD, "can be read"),
        (rows("CHAN_START", "HANGUP"), Grade.GOOD, "can be read"),
        (rows(*NOBODY_ANSWERS, times=90), Grade.DOUBTFUL, "was answered"),
        (
            [*rows(*NOBODY_ANSWERS, times=90), *ANSWERED],
            Grade.BAD,
            "no ANSWER, BRIDGE_ENTER, BRIDGE_EXIT",
        ),
        ([], Grade.DOUBTFUL, "no rows yet"),
        (rows(*ALL_TYPES[:4], times=60), Grade.BAD, "no BRIDGE_EXIT, HANGUP"),
        ([{"eventtype": "CHAN_START", "eventtime": "yesterday"}], Grade.BAD, "none of ours"),
        ([{"a": "b"}], Grade.BAD, "none of ours"),
    ],
)
def test_rows_of_cel(found: list[dict[str, str]], grade: Grade, said: str) -> None:
    finding = checks.cel_rows(found, "file:/x")
    assert finding.grade is grade
    assert said in finding.what
    assert ("events = ALL" in finding.paste) == (grade is not Grade.GOOD)


def test_folders_of_recordings(tmp_path: Path) -> None:
    assert checks.recordings(tmp_path).grade is Grade.GOOD
    assert checks.recordings(tmp_path / "missing").grade is Grade.BAD
    assert checks.recordings(None).grade is Grade.DOUBTFUL


@pytest.mark.parametrize(
    ("theirs", "grade", "said"),
    [
        ("1000.5", Grade.GOOD, "0.5 s apart"),
        ("1090", Grade.DOUBTFUL, "90 s ahead of ours"),
        ("400", Grade.DOUBTFUL, "600 s behind ours"),
        ("", Grade.DOUBTFUL, "does not tell"),
    ],
)
def test_clocks(theirs: str, grade: Grade, said: str) -> None:
    finding = checks.clocks(theirs, 1000.0)
    assert finding.grade is grade
    assert said in finding.what

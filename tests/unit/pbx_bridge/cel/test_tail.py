"""CEL files: followed byte by byte, through rotation, by lines that may be anything."""

import json
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbx_bridge.calls import from_cel
from pbx_bridge.cel.lines import csv_reader, json_row
from pbx_bridge.cel.source import CelUnavailable, Row
from pbx_bridge.cel.tail import TailedFile

PRAGUE = ZoneInfo("Europe/Prague")


def line(number: int) -> str:
    row = {
        "eventtype": "CHAN_START",
        "eventtime": f"1795439141.{number:06}",
        "uniqueid": f"1.{number}",
    }
    return json.dumps(row) + "\n"


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def ids(rows: "list[Row] | tuple[Row, ...]") -> list[str]:
    return [row["uniqueid"] for row in rows]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cel.jsonl"


async def everything(source: TailedFile, since: str | None) -> tuple[list[str], str | None]:
    """All rows after `since`, in as many reads as it takes."""
    found: list[str] = []
    while True:
        batch = await source.read(since)
        since = batch.position
        if not batch.rows:
            return found, since
        found += ids(list(batch.rows))


async def test_rows_come_once_and_in_order(path: Path) -> None:
    source = TailedFile(path, json_row)
    append(path, line(1) + line(2))
    first = await source.read(None)
    assert ids(list(first.rows)) == ["1.1", "1.2"]
    append(path, line(3))
    second = await source.read(first.position)
    assert ids(list(second.rows)) == ["1.3"]
    assert (await source.read(second.position)).rows == []
    assert await source.end() == second.position


async def test_a_position_outlives_the_reader(path: Path) -> None:
    append(path, line(1) + line(2))
    position = (await TailedFile(path, json_row).read(None)).position
    append(path, line(3))
    assert ids(list((await TailedFile(path, json_row).read(position)).rows)) == ["1.3"]


async def test_half_a_line_is_read_when_it_is_whole(path: Path) -> None:
    source = TailedFile(path, json_row)
    append(path, line(1) + line(2)[:30])
    batch = await source.read(None)
    assert ids(list(batch.rows)) == ["1.1"]
    append(path, line(2)[30:])
    assert ids(list((await source.read(batch.position)).rows)) == ["1.2"]


async def test_lines_that_are_no_rows_are_counted_and_passed_over(path: Path) -> None:
    source = TailedFile(path, json_row)
    path.write_bytes(b"{broken\n[1]\n\xff\xfe\n\n" + line(1).encode())
    assert ids(list((await source.read(None)).rows)) == ["1.1"]
    assert source.malformed == 3


async def test_a_line_without_end_does_not_stop_the_following(path: Path) -> None:
    source = TailedFile(path, json_row)
    path.write_bytes(b"x" * 3_000_000 + b"\n" + line(1).encode())
    assert ids(list((await source.read(None)).rows)) == ["1.1"]


async def test_a_long_file_comes_in_several_reads(path: Path) -> None:
    path.write_text("".join(line(number) for number in range(20_000)), encoding="utf-8")
    source = TailedFile(path, json_row)
    assert len((await source.read(None)).rows) < 20_000
    found, _ = await everything(source, None)
    assert found == [f"1.{number}" for number in range(20_000)]


async def test_a_renamed_file_is_read_to_its_end_then_the_new_one(path: Path) -> None:
    source = TailedFile(path, json_row)
    append(path, line(1))
    position = (await source.read(None)).position
    append(path, line(2))
    path.rename(path.with_name("cel.jsonl.1"))
    found, between = await everything(source, position)
    assert found == ["1.2"]  # the new one is not there yet
    append(path, line(3))
    found, _ = await everything(source, between)
    assert found == ["1.3"]


async def test_two_rotations_while_nobody_looked(path: Path) -> None:
    source = TailedFile(path, json_row)
    for number in (1, 2, 3):
        append(path, line(number))
        os.utime(path, (number, number))
        if number == 1:
            position = (await source.read(None)).position
        if number < 3:
            path.rename(path.with_name(f"cel.jsonl-2026112{number}"))
    found, _ = await everything(source, position)
    assert found == ["1.2", "1.3"]


async def test_a_truncated_file_is_read_from_its_start(path: Path) -> None:
    source = TailedFile(path, json_row)
    append(path, line(1) + line(2))
    position = (await source.read(None)).position
    path.write_text(line(3), encoding="utf-8")
    assert ids(list((await source.read(position)).rows)) == ["1.3"]


@pytest.mark.parametrize("position", ["", "rubbish", "1:-1", "::", "²:1"])
async def test_a_position_that_is_none_reads_from_the_start(path: Path, position: str) -> None:
    append(path, line(1))
    assert ids(list((await TailedFile(path, json_row).read(position)).rows)) == ["1.1"]


async def test_no_file_yet_is_no_rows_yet(path: Path) -> None:
    source = TailedFile(path, json_row)
    position = await source.end()
    assert (await source.read(position)).rows == ()
    append(path, line(1))
    assert ids(list((await source.read(position)).rows)) == ["1.1"]


async def test_no_folder_is_no_cel(tmp_path: Path) -> None:
    source = TailedFile(tmp_path / "missing" / "cel.jsonl", json_row)
    with pytest.raises(CelUnavailable, match="missing"):
        await source.read(None)
    with pytest.raises(CelUnavailable, match="missing"):
        await source.end()


async def test_what_is_no_file_is_no_cel(path: Path) -> None:
    path.mkdir()
    with pytest.raises(CelUnavailable, match=r"cel\.jsonl"):
        await TailedFile(path, json_row).read(None)


async def test_our_own_file_is_kept_small_and_nothing_is_lost(path: Path) -> None:
    source = TailedFile(path, json_row, rotate_at=100)
    append(path, line(1))
    first = await source.read(None)
    append(path, line(2))
    await source.forget(first.position)
    assert not path.exists()  # renamed; row 2 is still to be read
    append(path, line(3))
    found, position = await everything(source, first.position)
    assert found == ["1.2", "1.3"]
    assert position is not None
    await source.forget(position)
    assert list(path.parent.iterdir()) == [path]
    assert await everything(source, position) == ([], position)


async def test_somebody_elses_file_is_left_alone(path: Path) -> None:
    source = TailedFile(path, json_row)
    append(path.with_name("cel.jsonl.1"), line(1))
    append(path, line(2) * 1000)
    await source.forget(await source.end())
    assert len(list(path.parent.iterdir())) == 2


async def test_csv_of_the_bundled_pbx(tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    path.write_text(
        '"HANGUP","1795439141.914704","1.0","1.1","PJSIP/101-00000001","Nov""ák, Jan","+420777",'
        '"","s","in","","","","{""hangupcause"":16,""hangupsource"":""PJSIP/101-00000001""}"\n',
        encoding="utf-8",
    )
    (row,) = (await TailedFile(path, csv_reader(PRAGUE)).read(None)).rows
    assert row["name"] == 'Nov"ák, Jan'
    (fact,) = from_cel.facts(row)
    assert fact.at == 1795439141914704
    assert getattr(fact, "cause") == 16  # noqa: B009


async def test_csv_by_the_sample_configuration_in_local_time(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.write_text(
        '"CHAN_START","2026-11-23 14:05:41.914704","Jan","+420777","","","","100","in",'
        '"PJSIP/line1-00000000","","","3","","1795439141.0","1795439141.0","","","",""\n'
        '"too","short"\n"unclosed\n',
        encoding="utf-8",
    )
    source = TailedFile(path, csv_reader(PRAGUE))
    (row,) = (await source.read(None)).rows
    assert source.malformed == 2
    assert from_cel.at(row) == 1795439141914704
    (fact,) = from_cel.facts(row)
    assert getattr(fact, "number") == "+420777"  # noqa: B009

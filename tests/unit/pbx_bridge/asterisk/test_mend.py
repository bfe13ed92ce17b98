"""The fault in Debian's build is found in code of its kind, and nowhere else."""

import stat
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from pbx_bridge.asterisk.mend import find_fault, mended
from tests.unit.pbx_bridge.asterisk.sample import ASTERISK

AMD64, ARM64 = 62, 183
_CODE_AT = 0x200


def elf(machine: int, code: bytes, function: bytes = b"ast_translate") -> bytes:
    """A file with one function: header, its code, names, symbols, and the table of sections."""
    names = b"\0" + function + b"\0"
    names_at = _CODE_AT + len(code)
    symbols_at = names_at + len(names)
    symbols = struct.pack("<IBBHQQ", 1, 0x12, 0, 1, 0x1000, len(code))
    table_at = symbols_at + len(symbols)

    def section(kind: int, address: int, at: int, size: int, link: int) -> bytes:
        return struct.pack("<IIQQQQIIQQ", 0, kind, 0, address, at, size, link, 0, 0, 0)

    table = b"".join(
        [
            section(0, 0, 0, 0, 0),
            section(1, 0x1000, _CODE_AT, len(code), 0),
            section(3, 0, names_at, len(names), 0),
            section(11, 0, symbols_at, len(symbols), 2),
        ]
    )
    header = bytearray(_CODE_AT)
    header[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<H", header, 18, machine)
    struct.pack_into("<Q", header, 40, table_at)
    struct.pack_into("<HH", header, 58, 64, 4)
    return bytes(header) + code + names + symbols + table


# cmp edx, 0xffff; then ja, near or far.
SHORT = bytes.fromhex("8b978800000081faffff000077688bae80000000")
LONG = bytes.fromhex("8b87880000003dffff00000f87680000008bae80000000")
# mov w2, #0xffff; ldr w0, [x0, #0x88]; cmp w0, w2; b.hi +0x300
ARM = bytes.fromhex("e2ff9f52008840b91f00026b08180054138140b9")


@pytest.mark.parametrize(
    ("machine", "code", "at", "new"),
    [(AMD64, SHORT, 12, "eb"), (AMD64, LONG, 11, "90e9"), (ARM64, ARM, 12, "c0000014")],
)
def test_the_branch_is_found(machine: int, code: bytes, at: int, new: str) -> None:
    change = find_fault(elf(machine, code))
    assert change is not None
    assert (change.offset, change.new.hex()) == (_CODE_AT + at, new)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"#!/bin/sh\n",
        b"\x7fELF\x02\x01" + b"\xff" * 100,
        elf(AMD64, b"\x90" * 40),
        elf(AMD64, SHORT + SHORT),  # which one is not known
        elf(AMD64, SHORT, b"ast_translator"),
        elf(AMD64, ARM),
        elf(ARM64, SHORT + b"\0\0"),
        elf(243, SHORT),
    ],
)
def test_what_does_not_look_as_expected_is_left_alone(content: bytes) -> None:
    assert find_fault(content) is None


def test_a_copy_is_mended_and_the_package_is_not_touched(tmp_path: Path) -> None:
    original = tmp_path / "sbin" / "asterisk"
    original.parent.mkdir()
    original.write_bytes(elf(AMD64, SHORT))
    found = replace(ASTERISK, command=("loader", str(original)))
    better = mended(found, tmp_path / "mended")
    copy = Path(better.command[-1])
    assert better.command[0] == "loader"
    assert copy.read_bytes() == elf(AMD64, SHORT.replace(b"\x77\x68", b"\xeb\x68"))
    assert original.read_bytes() == elf(AMD64, SHORT)
    assert copy.stat().st_mode & stat.S_IXUSR
    assert mended(found, tmp_path / "mended") == better
    assert mended(better, tmp_path / "mended") == better


def test_without_the_fault_or_a_place_for_the_copy_it_runs_as_it_is(tmp_path: Path) -> None:
    original = tmp_path / "asterisk"
    original.write_bytes(elf(AMD64, b"\x90" * 40))
    found = replace(ASTERISK, command=(str(original),))
    assert mended(found, tmp_path / "mended") == found
    original.write_bytes(elf(AMD64, SHORT))
    (tmp_path / "file").touch()
    assert mended(found, tmp_path / "file") == found
    original.unlink()
    assert mended(found, tmp_path / "mended") == found

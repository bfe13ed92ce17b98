"""Takes one fault out of Debian's build of Asterisk, in a copy of its executable.

Debian's patch 2016_opus_plc (in Debian since 16.23 and in Ubuntu, not in Asterisk) makes
`ast_translate` drop every frame whose RTP sequence number is "late". Translators outlive the
source of their frames, and a new source starts at any number: so after half of all transfers a
recording has nothing of the company's side for up to eleven minutes, and where codecs differ the
client can hear nothing. No setting turns it off. Measured with 22.10.1; tests/pbx plays it.

Mended is one branch, at the function's start: "there was no packet before" is made to be always
taken, which is what Asterisk does without the patch. The package's own file is not touched; where
the code does not look exactly as expected, it is run as it is.
"""

import hashlib
import itertools
import mmap
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pbx_bridge.asterisk.files import write_program
from pbx_bridge.asterisk.installation import Installation

_FUNCTION: Final = b"ast_translate"
_HEAD_BYTES: Final = 160  # the branch is among the function's first instructions
_AMD64, _ARM64 = 62, 183  # ELF e_machine
_DYNSYM: Final = 11


@dataclass(frozen=True, slots=True)
class Change:
    """Bytes to be written at an offset of the executable."""

    offset: int
    new: bytes


def mended(installation: Installation, folder: Path) -> Installation:
    """The installation with a mended copy of its executable, kept in `folder`.

    The installation itself if it has not the fault, or if the copy cannot be written.
    """
    original = Path(installation.command[-1])
    try:
        with original.open("rb") as stream, _mapped(stream.fileno()) as content:
            change = find_fault(content)
            if change is None:
                return installation
            digest = hashlib.sha256(content).hexdigest()[:16]
            copy = folder / f"{installation.version.split('+')[0]}-{digest}" / original.name
            if not copy.is_file():
                whole = bytearray(content)
                whole[change.offset : change.offset + len(change.new)] = change.new
                copy.parent.mkdir(parents=True, exist_ok=True)
                write_program(copy, bytes(whole))
    except (OSError, ValueError):
        return installation
    return replace(installation, command=(*installation.command[:-1], str(copy)))


def find_fault(elf: bytes | mmap.mmap) -> Change | None:
    """What to write where; None if it is not there, or not exactly once. `elf`: a whole file."""
    try:
        machine, start, size = _locate(elf)
    except (struct.error, ValueError, IndexError, OverflowError):
        return None
    head = bytes(elf[start : start + min(size, _HEAD_BYTES)])
    finders = {_AMD64: _find_amd64, _ARM64: _find_arm64}
    found = finders[machine](head) if machine in finders else []
    if len(found) != 1:
        return None
    return Change(start + found[0].offset, found[0].new)


def _find_amd64(code: bytes) -> list[Change]:
    """`cmp r32, 0xffff` and `ja`: the jump is made unconditional."""
    changes = []
    for at in range(len(code) - 12):
        if code[at] == 0x81 and code[at + 1] & 0xF8 == 0xF8:
            after = at + 6
        elif code[at] == 0x3D:
            after = at + 5
        else:
            continue
        if code[after - 4 : after] != b"\xff\xff\x00\x00":
            continue
        if code[after] == 0x77:  # ja rel8 -> jmp rel8
            changes.append(Change(after, b"\xeb"))
        elif code[after : after + 2] == b"\x0f\x87":  # ja rel32 -> nop, jmp rel32
            changes.append(Change(after, b"\x90\xe9"))
    return changes


def _find_arm64(code: bytes) -> list[Change]:
    """`mov wM, #0xffff`, later `cmp wN, wM` and `b.hi`: the branch is made unconditional."""
    words = struct.unpack(f"<{len(code) // 4}I", code[: len(code) // 4 * 4])
    limits = {word & 0x1F for word in words if word & ~0x1F == 0x529FFFE0}
    changes = []
    for at, (compare, branch) in enumerate(itertools.pairwise(words)):
        is_compare = compare & 0xFFE0FC1F == 0x6B00001F
        if is_compare and compare >> 16 & 0x1F in limits and branch & 0xFF00001F == 0x54000008:
            distance = branch >> 5 & 0x7FFFF
            distance -= (distance & 0x40000) << 1
            jump = 0x14000000 | distance & 0x3FFFFFF
            changes.append(Change(4 * (at + 1), struct.pack("<I", jump)))
    return changes


def _locate(elf: bytes | mmap.mmap) -> tuple[int, int, int]:
    """Machine, file offset and size of the function. Raises ValueError, struct.error."""
    if bytes(elf[:6]) != b"\x7fELF\x02\x01":
        raise ValueError("not a 64-bit little-endian ELF file")
    (machine,) = struct.unpack_from("<H", elf, 18)
    (table,) = struct.unpack_from("<Q", elf, 40)
    entry, count = struct.unpack_from("<HH", elf, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, table + i * entry) for i in range(count)]
    for _, kind, _, _, offset, length, link, *_ in sections:
        if kind != _DYNSYM:
            continue
        names = sections[link][4]
        for symbol in range(offset, offset + length, 24):
            name, _, _, home, value, size = struct.unpack_from("<IBBHQQ", elf, symbol)
            if elf[names + name : names + name + len(_FUNCTION) + 1] == _FUNCTION + b"\0":
                code = sections[home]
                return machine, value - code[3] + code[4], size
    raise ValueError("no such function")


def _mapped(descriptor: int) -> mmap.mmap:
    return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)

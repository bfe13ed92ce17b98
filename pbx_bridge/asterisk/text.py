"""The one place where values cross into Asterisk's configuration and dialplan.

A name is what a person typed: whatever it holds, it is made fit to be shown on a telephone. All
else is refused when it is not what it must be; DirectoryError names the entry.
Source of the file syntax: Asterisk `main/config.c`, "The Asterisk Configuration Files".
"""

import re
import unicodedata
from typing import Final

from pbx_bridge.asterisk.errors import DirectoryError
from pbx_bridge.directory import extension_of

# Asterisk keeps caller names in fields of 80 bytes, the last one a NUL.
_NAME_BYTES: Final = 79
_NAME_LETTERS: Final = 60

_EXTENSION = re.compile(r"[0-9]{2,6}\Z")
_LINE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?\Z")
_NUMBER = re.compile(r"\+[1-9][0-9]{3,14}\Z")
# RFC 3261 user characters without those that mean something in a configuration file.
_USER = re.compile(r"[A-Za-z0-9_.!~*'()&=+$-]{1,64}\Z")
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?P<port>:[0-9]{1,5})?\Z"
)
_GROUP = re.compile(r"[A-Za-z0-9_-]{1,40}\Z")
# Within quotes these would end the name, or start a comment; the look-alikes are harmless.
_LOOK_ALIKES: Final = str.maketrans({'"': "'", "\\": "/", ";": ",", "<": "‹", ">": "›"})


def display_name(name: str) -> str:
    """`name` as a telephone can show it: one line, no markup, at most 60 letters and 79 bytes.

    May be empty. The result holds no double quote, backslash, semicolon or angle bracket.
    """
    letters = "".join(map(_shown, name[: 4 * _NAME_LETTERS]))
    line = " ".join(letters.split())[:_NAME_LETTERS].translate(_LOOK_ALIKES)
    return line.encode()[:_NAME_BYTES].decode(errors="ignore").strip()


def _shown(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in ("Cc", "Cs", "Zl", "Zp"):
        return " "
    # Marks of writing direction can make a name read as another; the joiner belongs to emoji.
    return "" if category == "Cf" and letter != "\u200d" else letter


def extension_digits(number: str) -> str:
    """An extension: 2 to 6 digits."""
    if not _EXTENSION.match(number):
        raise DirectoryError(f"extension {number!r}: must be 2 to 6 digits")
    return number


def line_name(name: str) -> str:
    """A line's name, which is its endpoint's: up to 32 letters, digits and hyphens.

    Without a letter it could be taken for an extension: Asterisk overlooks hyphens in those. Nor
    may it be the name of an extension's browsers.
    """
    if not _LINE.match(name) or not any(letter.isalpha() for letter in extension_of(name)):
        raise DirectoryError(
            f"line {name!r}: the name must be letters, digits and hyphens, at most 32, "
            "with a letter among them"
        )
    return name


def e164_digits(number: str, line: str) -> str:
    """The digits of an E.164 number, without its `+`."""
    if not _NUMBER.match(number):
        raise DirectoryError(f"line {line!r}: the number must be + and 4 to 15 digits")
    return number[1:]


def sip_user(user: str, line: str) -> str:
    """The user part of a provider's account."""
    if not _USER.match(user):
        raise DirectoryError(f"line {line!r}: the user must be 1 to 64 letters, digits, . - _ ...")
    return user


def sip_host(host: str, line: str) -> str:
    """`host` or `host:port`; an IPv6 address stands in brackets."""
    match = _HOST.match(host)
    if not match or int((match["port"] or ":5060")[1:]) not in range(1, 65536):
        raise DirectoryError(f"line {line!r}: the provider must be HOST or HOST:PORT")
    return host


def group_name(name: str) -> str:
    """A pickup group as a comma-separated list takes it; different names stay different."""
    plain = name.strip()
    return plain if _GROUP.match(plain) else f"~{plain.encode().hex()}"


def password(secret: str, owner: str) -> str:
    """A SIP password as a value in a configuration file."""
    if not secret or len(secret) > 128 or secret != secret.strip() or not secret.isprintable():
        raise DirectoryError(
            f"{owner}: the password must be 1 to 128 printable characters, "
            "with no blank at either end"
        )
    return escape(secret)


def escape(value: str) -> str:
    r"""`;` starts a comment in Asterisk's files, `\;` is a semicolon."""
    if any(unicodedata.category(letter) == "Cc" for letter in value):
        raise DirectoryError("a control character cannot go into the PBX's configuration")
    return value.replace(";", "\\;")

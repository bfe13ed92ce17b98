"""Kinds of arguments, for `add_argument(type=...)`: argparse tells what is wrong with one."""

from argparse import ArgumentTypeError

_LONGEST = 86_400.0


def seconds(text: str) -> float:
    """More than nothing, a day at most."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 < value <= _LONGEST:
        raise ArgumentTypeError(f"{text!r} is no time in seconds")
    return value


def port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ArgumentTypeError(f"{text!r} is no port from 1 to 65535")
    return int(text)

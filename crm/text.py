"""Text for searching: without accents and case, so that "Mala" finds "Malá"."""

import re
import unicodedata

# Letters that Unicode does not decompose, as people type them on a keyboard without them.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})
_WORD = re.compile(r"\w+")
# What nobody sees: spaces of no width, and what makes the text after it read backwards.
_UNSEEN = re.compile(r"[\u00ad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def fold(text: str) -> str:
    """Case folded and without diacritics."""
    if text.isascii():
        return text.lower()
    # Twice: some letters get their case only when decomposed, others decompose when folded.
    return _decomposed(_decomposed(text).casefold().translate(_PLAIN))


def _decomposed(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Folded words in order; an e-mail or a number with separators gives several."""
    return _WORD.findall(fold(text).replace("_", " "))


def has_controls(text: str) -> bool:
    """Whether it holds what no database's driver, or no line, can hold."""
    return _CONTROL.search(text) is not None


def clean(text: str, limit: int) -> str:
    """One line from an untrusted source: controls become spaces, what nobody sees goes, the rest is
    cut to `limit` characters.
    """
    return _CONTROL.sub(" ", _UNSEEN.sub("", text)).strip()[:limit].strip()


def clean_block(text: str, limit: int) -> str:
    """As `clean`, but line breaks stay."""
    lines = _UNSEEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_CONTROL.sub(" ", line).rstrip() for line in lines).strip()[:limit]

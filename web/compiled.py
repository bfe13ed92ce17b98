"""Templates as the code that Jinja makes of them, so that no request waits for the making.

`python -m web.compiled` keeps it beside them, as Python keeps that of modules. What is not there,
or was made of another text, is made at its first use.
"""

import marshal
import sys
from functools import cache
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

TEMPLATES = Path(__file__).with_name("templates")
_KEPT = TEMPLATES / "__pycache__" / f"jinja-{jinja2.__version__}.{sys.implementation.cache_tag}"


class Compiled(jinja2.BytecodeCache):
    """One for all languages: the texts are looked up when a page is made."""

    def __init__(self, code: dict[str, bytes]) -> None:
        self.code = code  # by the template's name

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return name

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = self.code.get(bucket.key)
        if kept is not None:
            bucket.bytecode_from_string(kept)  # nothing, if its text was another

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[bucket.key] = bucket.bytecode_to_string()


@cache
def compiled(kept: Path = _KEPT) -> Compiled:
    """What was kept; empty where that is nothing, or nothing that can be read."""
    try:
        code = marshal.loads(kept.read_bytes())  # noqa: S302 -- as Python reads a .pyc
    except (OSError, ValueError, EOFError, TypeError):
        code = None
    return Compiled(code if isinstance(code, dict) else {})


def keep(environment: jinja2.Environment, kept: Path = _KEPT) -> None:
    """Write the code of all templates to the file."""
    code = Compiled({})
    environment.bytecode_cache = code
    for name in environment.list_templates():
        environment.get_template(name)
    kept.parent.mkdir(exist_ok=True)
    new = kept.with_suffix(".new")
    new.write_bytes(marshal.dumps(code.code))
    new.replace(kept)


if __name__ == "__main__":
    from web.rendering import SOURCE_LANGUAGE, new_environment

    keep(new_environment(SOURCE_LANGUAGE, {}))

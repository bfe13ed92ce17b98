"""Templates are made into code beforehand, and made anew where their text is another."""

from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from web.compiled import Compiled, compiled, keep
from web.rendering import LANGUAGES, SOURCE_LANGUAGE, new_environment


def _no_compiler(environment: jinja2.Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    def compile_(*_: object, **__: object) -> None:
        raise AssertionError("made while a request waits")

    monkeypatch.setattr(environment, "compile", compile_)


def test_what_is_kept_serves_every_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "__pycache__" / "kept"
    keep(new_environment(SOURCE_LANGUAGE, {}), kept)
    assert [path.name for path in kept.parent.iterdir()] == ["kept"]
    for language in LANGUAGES:
        environment = new_environment(language, {})
        environment.bytecode_cache = compiled(kept)
        _no_compiler(environment, monkeypatch)
        names = environment.list_templates()
        assert len(names) > 50
        for name in names:
            environment.get_template(name)


def test_another_text_is_made_anew(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for text in ("as it was", "as it is"):
        environment = jinja2.Environment(loader=jinja2.DictLoader({"page.html": text}))
        environment.bytecode_cache = compiled(kept)
        assert environment.get_template("page.html").render() == text
        keep(environment, kept)
        compiled.cache_clear()


def test_what_was_made_for_one_language_serves_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Compiled({})
    first, second = (new_environment(language, {}) for language in LANGUAGES)
    first.bytecode_cache = second.bytecode_cache = shared
    first.get_template("errors/page.html")
    _no_compiler(second, monkeypatch)
    second.get_template("errors/page.html")


@pytest.mark.parametrize("content", [None, b"", b"\0", b"torn in the middle", b"N"])
def test_a_file_that_cannot_be_read_is_none(tmp_path: Path, content: bytes | None) -> None:
    kept = tmp_path / "kept"
    if content is not None:
        kept.write_bytes(content)
    assert compiled(kept).code == {}


def test_nothing_but_its_text_decides_what_a_template_is_made_into() -> None:
    """No filter's answer is fixed when the code is made: another filter would not be asked."""
    environment = new_environment(SOURCE_LANGUAGE, {})
    fixed = []
    for name in environment.list_templates():
        assert environment.loader is not None
        source = environment.loader.get_source(environment, name)[0]
        for node in environment.parse(source, name).find_all((nodes.Filter, nodes.Test)):
            try:
                node.as_const(nodes.EvalContext(environment, name))
            except nodes.Impossible:
                continue
            fixed.append(f"{name}:{node.lineno} {node.name}")
    assert fixed == []

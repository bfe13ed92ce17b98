"""The whole configuration of the bundled PBX, as a pure function of what it is made from."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

import jinja2

import config
from config.settings import Settings
from pbx_bridge.asterisk import dialplan
from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.installation import Installation
from pbx_bridge.asterisk.modules import JSON_CEL, OPUS, REQUIRED, to_load
from pbx_bridge.asterisk.numbering import numbering_of
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.secrets import PbxSecrets
from pbx_bridge.asterisk.view import outside_patterns, view_of
from pbx_bridge.directory import PbxDirectory

_TEMPLATES: Final = Path(config.__file__).with_name("asterisk")
# Asterisk looks for these at start and complains in its log of those that are not there.
_EMPTY: Final = (
    *("acl", "ccss", "cli", "codecs", "dnsmgr", "extconfig", "pjproject"),
    *("res_curl", "sorcery", "stasis", "udptl", "cli_permissions", "cli_aliases"),
    "pjsip_notify",
)
_CODECS: Final = ("alaw", "ulaw", "g722")
# What the provider speaks comes first. A telephone that answers in 48 kHz while the PBX still plays
# the ringing tone to the client (whoever transferred is called back) leaves MixMonitor with samples
# that are none: from there on the recording would be chopped up, and twice as long as the talk.
_WEB_CODECS: Final = ("alaw", "ulaw")


@dataclass(frozen=True, slots=True)
class Ports:
    """`rtp`: first and last. `routing`: where the dialplan asks who shall ring."""

    ami: int
    http: int
    rtp: tuple[int, int]
    routing: int


def cel_file(installation: Installation) -> str:
    """Name of the CEL file below the log's `cel-custom`; older versions cannot write JSON."""
    return "cel.jsonl" if JSON_CEL in installation.modules else "cel.csv"


def render(
    settings: Settings,
    directory: PbxDirectory,
    installation: Installation,
    secrets: PbxSecrets,
    paths: PbxPaths,
    routing_port: int,
    host_addresses: tuple[str, ...] = (),
) -> dict[str, str]:
    """File name to text. Raises PbxError for what the PBX cannot take.

    `host_addresses`: of this machine, which browsers must not be sent to while we are on loopback.
    """
    numbering = numbering_of(settings.country)
    view = view_of(directory, numbering)
    host = sip_address(settings.host)
    opus = bool(OPUS & installation.modules)
    context = {
        "codes": dialplan,
        "paths": paths,
        "installation": installation,
        "modules": to_load(installation.modules),
        "required": REQUIRED,
        "secrets": secrets,
        "ports": _ports(settings, routing_port),
        "ami_user": settings.ami_user,
        "sip_bind": _bind(host, settings.sip_port),
        # Without one, Asterisk asks its resolver for its own name, for seconds where that fails.
        "media_address": "" if host.is_unspecified else host,
        "advertised": host if host.is_loopback and host.version == 4 else "",
        "host_addresses": host_addresses,
        "codecs": ",".join((*_CODECS, "opus") if opus else _CODECS),
        "web_codecs": ",".join((*_WEB_CODECS, "opus") if opus else _WEB_CODECS),
        "pbx_id": settings.pbx_id,
        "extensions": view.extensions,
        "lines": view.lines,
        "emergency": view.emergency,
        "reaches": view.reaches,
        "outside": outside_patterns(numbering),
        "json_cel": JSON_CEL in installation.modules,
        "cel_file": cel_file(installation),
    }
    environment = _environment()
    files = {
        name.removesuffix(".j2"): environment.get_template(name).render(context)
        for name in environment.list_templates(extensions=["j2"])
    }
    return files | {f"{name}.conf": "" for name in _EMPTY if f"{name}.conf" not in files}


def _ports(settings: Settings, routing: int) -> Ports:
    rtp = tuple(settings.rtp_ports)
    return Ports(settings.ami_port, settings.pbx_http_port, rtp, routing)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    return jinja2.Environment(  # noqa: S701  no markup; values are encoded in `view`
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def sip_address(host: str) -> IPv4Address | IPv6Address:
    """Where SIP listens. Raises PbxError for a name: PJSIP binds to addresses only."""
    try:
        return ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise PbxError(
            f"host (HOVORNA_HOST): the bundled PBX needs an IP address, not {host!r}"
        ) from None


def _bind(host: IPv4Address | IPv6Address, port: int) -> str:
    return f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"

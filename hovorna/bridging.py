"""The bridge, made from the settings and what the PBX runner knows."""

import random
import ssl
from datetime import UTC, datetime
from pathlib import Path

from config.settings import Settings
from crm.app import Crm
from crm.telephony.open_calls import OpenCallsInJournal
from hovorna.cli import CommandError
from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.asterisk.runner import AmiAccess
from pbx_bridge.bridge import Bridge
from pbx_bridge.cel.opening import open_source
from pbx_bridge.cel.source import CelSource, CelUnavailable
from pbx_bridge.checkpoint import CheckpointFile


def make_bridge(settings: Settings, access: AmiAccess, crm: Crm, cel: Path | None) -> Bridge:
    """`cel`: the bundled PBX's file. Raises CommandError for a `cel_source` that cannot be."""
    options = AmiOptions(
        host=access.host,
        port=access.port,
        user=access.user,
        secret=access.secret,
        tls=ssl.create_default_context() if settings.ami_tls else None,
    )
    return Bridge(
        options,
        crm.journal,
        CheckpointFile(settings.data / "checkpoint.json"),
        _cel_source(settings, cel),
        pbx_id=settings.pbx_id,
        jitter=random.random,
        open_calls=OpenCallsInJournal(crm.db, settings.pbx_id),
        # The bundled PBX has no history but ours.
        start_at="beginning" if settings.pbx == "bundled" else "end",
    )


def _cel_source(settings: Settings, cel: Path | None) -> CelSource | None:
    setting = settings.cel_source
    if not setting and cel is not None:
        setting = f"{'csv' if cel.suffix == '.csv' else 'jsonl'}:{cel}"
    if not setting:
        return None
    try:
        zone = datetime.now(UTC).astimezone().tzinfo or UTC
        return open_source(setting, zone, ours=not settings.cel_source)
    except CelUnavailable as error:
        raise CommandError(str(error)) from error

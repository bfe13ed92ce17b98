"""The watch over phones and lines, made from what the PBX runner knows; the CRM is told by it."""

import random
import ssl

from config.settings import Settings
from crm.app import Crm
from crm.errors import PhoneUnavailable
from pbx_bridge.ami.errors import AmiError
from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.asterisk.runner import AmiAccess
from pbx_bridge.watching.watch import Watch


def make_watch(settings: Settings, access: AmiAccess, crm: Crm) -> Watch:
    """What it sees becomes `crm.presence` and `crm.line_states`."""
    watch = Watch(
        AmiOptions(
            host=access.host,
            port=access.port,
            user=access.user,
            secret=access.secret,
            tls=ssl.create_default_context() if settings.ami_tls else None,
        ),
        jitter=random.random,
    )

    def tell(_changed: frozenset[str]) -> None:
        """All of it: a company's phones are few, and changes are fewer."""
        reachable = frozenset(it for it in watch.endpoints() if watch.endpoint(it).contacts)
        crm.presence.reachable_are(reachable if watch.surveyed else None)
        crm.line_states.are({name: watch.line(name) for name in crm.directory.lines})

    async def look() -> None:
        try:
            await watch.look()
        except AmiError as error:
            raise PhoneUnavailable(str(error)) from error

    watch.listen(tell)
    crm.line_states.connect(look)
    return watch

"""The pjsua2 library: its life, its sockets, its clock. One per process, one thread.

pjsua2 crashes when its own threads call into Python, hence `threadCnt=0`, `mainThreadOnly` and one
caller of `turn`. It aborts the process on a ninth account, hence MAX_ACCOUNTS.
"""

from dataclasses import dataclass
from pathlib import Path

import pjsua2 as pj

from pbx_bridge.sip.message import port_of, request_uri

MAX_ACCOUNTS = 8  # PJSUA_MAX_ACC and PJSUA_MAX_TRANSPORTS of the published wheel
MAX_CALLS = 4  # PJSUA_MAX_CALLS of the published wheel; a fifth is answered 486 by the library
CODECS = ("PCMA", "PCMU", "G722")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """`bind`: the local address, empty for any. `log`: pjsip's own log, with SIP messages."""

    bind: str = ""
    codecs: tuple[str, ...] = CODECS
    log: Path | None = None
    user_agent: str = "Hovorna phone"


class Engine(pj.Endpoint):
    def __init__(self, options: EngineOptions) -> None:
        super().__init__()
        self.options = options
        self.clock_rate = 16000 if "G722" in options.codecs else 8000
        self._account_at_port: dict[int, int] = {}  # our SIP port -> account's id
        self._open()

    def _open(self) -> None:
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = MAX_CALLS
        config.uaConfig.userAgent = self.options.user_agent
        config.logConfig.consoleLevel = 0
        config.logConfig.level = 4 if self.options.log else 0
        config.logConfig.filename = str(self.options.log or "")
        config.medConfig.clockRate = self.clock_rate
        config.medConfig.noVad = True  # silence is sent too: a recording keeps its length
        config.medConfig.ecTailLen = 0
        self.libCreate()
        self.libInit(config)
        self.libStart()
        self.audDevManager().setNullDev()
        for codec in self.codecEnum2():
            self.codecSetPriority(codec.codecId, self._priority(codec.codecId))

    def _priority(self, codec_id: str) -> int:
        name = codec_id.split("/")[0]
        return 200 - self.options.codecs.index(name) if name in self.options.codecs else 0

    def open_port(self) -> tuple[int, int]:
        """A UDP transport of its own, so that what arrives tells whom it is for: (id, port)."""
        config = pj.TransportConfig()
        config.boundAddress = self.options.bind
        transport = self.transportCreate(pj.PJSIP_TRANSPORT_UDP, config)
        return transport, int(self.transportGetInfo(transport).localAddress.rpartition(":")[2])

    def claim_port(self, port: int, account_id: int) -> None:
        self._account_at_port[port] = account_id

    def release_port(self, port: int, transport: int) -> None:
        self._account_at_port.pop(port, None)
        self.transportClose(transport)

    def onSelectAccount(self, prm: pj.OnSelectAccountParam) -> None:  # noqa: N802
        # A line is called by the number that was dialled, which is no account's name.
        port = port_of(request_uri(prm.rdata.wholeMsg))
        if port in self._account_at_port:
            prm.accountIndex = self._account_at_port[port]

    def turn(self, milliseconds: int) -> None:
        """Handles what has arrived, or waits for it so long."""
        self.libHandleEvents(milliseconds)

    def close(self) -> None:
        # We have unregistered: it need not listen for another second.
        self.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)

"""The part of pjsua2 2.15 that the headless phone uses. The binding itself has no types."""

PJSIP_TRANSPORT_UDP: int
PJSUA_INVALID_ID: int
PJSUA_DESTROY_NO_RX_MSG: int
PJMEDIA_TYPE_AUDIO: int
PJMEDIA_FILE_NO_LOOP: int
PJSUA_CALL_UNHOLD: int
PJSUA_CALL_MEDIA_NONE: int
PJSUA_CALL_MEDIA_ACTIVE: int
PJSUA_CALL_MEDIA_LOCAL_HOLD: int
PJSUA_CALL_MEDIA_REMOTE_HOLD: int
PJSUA_CALL_MEDIA_ERROR: int
PJSIP_INV_STATE_CALLING: int
PJSIP_INV_STATE_INCOMING: int
PJSIP_INV_STATE_EARLY: int
PJSIP_INV_STATE_CONFIRMED: int
PJSIP_INV_STATE_DISCONNECTED: int
PJSIP_EVENT_TSX_STATE: int
PJSIP_EVENT_RX_MSG: int
PJSUA_DTMF_METHOD_RFC2833: int
PJSUA_DTMF_METHOD_SIP_INFO: int

class Error(Exception):
    status: int
    reason: str
    def info(self, multi_line: bool = ...) -> str: ...

class UaConfig:
    maxCalls: int
    threadCnt: int
    mainThreadOnly: bool
    userAgent: str

class LogConfig:
    level: int
    consoleLevel: int
    filename: str
    msgLogging: int

class MediaConfig:
    clockRate: int
    sndClockRate: int
    channelCount: int
    ptime: int
    quality: int
    ecTailLen: int
    noVad: bool
    sndAutoCloseTime: int

class EpConfig:
    uaConfig: UaConfig
    logConfig: LogConfig
    medConfig: MediaConfig

class TransportConfig:
    port: int
    portRange: int
    boundAddress: str
    publicAddress: str

class TransportInfo:
    id: int
    localName: str
    localAddress: str

class CodecInfo:
    codecId: str
    priority: int

class AudDevManager:
    def setNullDev(self) -> None: ...
    def setNoDev(self) -> object: ...

class SipRxData:
    info: str
    wholeMsg: str
    srcAddress: str

class OnSelectAccountParam:
    rdata: SipRxData
    accountIndex: int

class Endpoint:
    def libCreate(self) -> None: ...
    def libInit(self, config: EpConfig) -> None: ...
    def libStart(self) -> None: ...
    def libHandleEvents(self, msec_timeout: int) -> int: ...
    def libDestroy(self, flags: int = ...) -> None: ...
    def transportCreate(self, type: int, config: TransportConfig) -> int: ...
    def transportGetInfo(self, id: int) -> TransportInfo: ...
    def transportClose(self, id: int) -> None: ...
    def audDevManager(self) -> AudDevManager: ...
    def codecEnum2(self) -> list[CodecInfo]: ...
    def codecSetPriority(self, codec_id: str, priority: int) -> None: ...
    def onSelectAccount(self, prm: OnSelectAccountParam) -> None: ...

class AuthCredInfo:
    def __init__(
        self, scheme: str, realm: str, username: str, dataType: int, data: str
    ) -> None: ...

class AuthCredInfoVector:
    def append(self, item: AuthCredInfo) -> None: ...

class AccountRegConfig:
    registrarUri: str
    registerOnAdd: bool
    timeoutSec: int
    retryIntervalSec: int
    firstRetryIntervalSec: int
    randomRetryIntervalSec: int
    dropCallsOnFail: bool
    unregWaitMsec: int

class AccountSipConfig:
    authCreds: AuthCredInfoVector
    transportId: int
    contactForced: str
    contactParams: str

class AccountCallConfig:
    timerUse: int
    prackUse: int

class AccountNatConfig:
    contactRewriteUse: int
    viaRewriteUse: int
    sdpNatRewriteUse: int
    udpKaIntervalSec: int

class AccountMediaConfig:
    transportConfig: TransportConfig
    srtpUse: int
    lockCodecEnabled: bool

class AccountConfig:
    priority: int
    idUri: str
    regConfig: AccountRegConfig
    sipConfig: AccountSipConfig
    callConfig: AccountCallConfig
    natConfig: AccountNatConfig
    mediaConfig: AccountMediaConfig

class AccountInfo:
    regIsActive: bool
    regExpiresSec: int
    regStatus: int

class OnIncomingCallParam:
    callId: int
    rdata: SipRxData

class OnRegStateParam:
    status: int
    code: int
    reason: str
    expiration: int
    rdata: SipRxData

class Account:
    def create(self, config: AccountConfig, make_default: bool = ...) -> None: ...
    def shutdown(self) -> None: ...
    def getId(self) -> int: ...
    def getInfo(self) -> AccountInfo: ...
    def setRegistration(self, renew: bool) -> None: ...
    def onIncomingCall(self, prm: OnIncomingCallParam) -> None: ...
    def onRegState(self, prm: OnRegStateParam) -> None: ...

class SipHeader:
    hName: str
    hValue: str

class SipHeaderVector:
    def append(self, item: SipHeader) -> None: ...

class SipTxOption:
    headers: SipHeaderVector

class CallSetting:
    flag: int
    audioCount: int
    videoCount: int

class CallOpParam:
    opt: CallSetting
    statusCode: int
    reason: str
    options: int
    txOption: SipTxOption
    def __init__(self, use_default_call_setting: bool = ...) -> None: ...

class CallSendDtmfParam:
    method: int
    duration: int
    digits: str

class CallMediaInfo:
    index: int
    type: int
    dir: int
    status: int

class TimeVal:
    sec: int
    msec: int

class CallInfo:
    id: int
    state: int
    stateText: str
    lastStatusCode: int
    lastReason: str
    callIdString: str
    remoteUri: str
    media: list[CallMediaInfo]
    connectDuration: TimeVal

class MathStat:
    n: int
    max: int
    min: int
    last: int
    mean: int

class RtcpStreamStat:
    pkt: int
    bytes: int
    discard: int
    loss: int
    reorder: int
    dup: int
    jitterUsec: MathStat

class RtcpStat:
    txStat: RtcpStreamStat
    rxStat: RtcpStreamStat
    rttUsec: MathStat

class JbufState:
    avgDelayMsec: int
    lost: int
    discard: int

class StreamStat:
    rtcp: RtcpStat
    jbuf: JbufState

class StreamInfo:
    codecName: str
    codecClockRate: int
    remoteRtpAddress: str

class TsxStateSource:
    rdata: SipRxData

class TsxStateEvent:
    src: TsxStateSource
    type: int

class RxMsgEvent:
    rdata: SipRxData

class SipEventBody:
    tsxState: TsxStateEvent
    rxMsg: RxMsgEvent

class SipEvent:
    type: int
    body: SipEventBody

class OnCallStateParam:
    e: SipEvent

class OnCallMediaStateParam: ...

class OnDtmfDigitParam:
    method: int
    digit: str
    duration: int

class OnCallTransferRequestParam:
    dstUri: str
    statusCode: int

class OnCallTransferStatusParam:
    statusCode: int
    reason: str
    finalNotify: bool
    cont: bool

class OnStreamDestroyedParam:
    streamIdx: int

class Media: ...

class AudioMedia(Media):
    def startTransmit(self, sink: AudioMedia) -> None: ...
    def stopTransmit(self, sink: AudioMedia) -> None: ...

class AudioMediaPlayer(AudioMedia):
    def createPlayer(self, file_name: str, options: int = ...) -> None: ...
    def onEof2(self) -> None: ...

class AudioMediaRecorder(AudioMedia):
    def createRecorder(self, file_name: str) -> None: ...

class ToneDesc:
    freq1: int
    freq2: int
    on_msec: int
    off_msec: int
    volume: int

class ToneDescVector:
    def append(self, item: ToneDesc) -> None: ...

class ToneGenerator(AudioMedia):
    def createToneGenerator(self, clock_rate: int = ..., channel_count: int = ...) -> None: ...
    def play(self, tones: ToneDescVector, loop: bool = ...) -> None: ...
    def stop(self) -> None: ...

class Call:
    def __init__(self, account: Account, call_id: int = ...) -> None: ...
    def getInfo(self) -> CallInfo: ...
    def isActive(self) -> bool: ...
    def getId(self) -> int: ...
    def getAudioMedia(self, index: int) -> AudioMedia: ...
    def makeCall(self, uri: str, prm: CallOpParam) -> None: ...
    def answer(self, prm: CallOpParam) -> None: ...
    def hangup(self, prm: CallOpParam) -> None: ...
    def setHold(self, prm: CallOpParam) -> None: ...
    def reinvite(self, prm: CallOpParam) -> None: ...
    def xfer(self, uri: str, prm: CallOpParam) -> None: ...
    def xferReplaces(self, other: Call, prm: CallOpParam) -> None: ...
    def dialDtmf(self, digits: str) -> None: ...
    def sendDtmf(self, prm: CallSendDtmfParam) -> None: ...
    def getStreamInfo(self, index: int) -> StreamInfo: ...
    def getStreamStat(self, index: int) -> StreamStat: ...
    def onCallState(self, prm: OnCallStateParam) -> None: ...
    def onCallMediaState(self, prm: OnCallMediaStateParam) -> None: ...
    def onDtmfDigit(self, prm: OnDtmfDigitParam) -> None: ...
    def onCallTransferRequest(self, prm: OnCallTransferRequestParam) -> None: ...
    def onCallTransferStatus(self, prm: OnCallTransferStatusParam) -> None: ...
    def onStreamDestroyed(self, prm: OnStreamDestroyedParam) -> None: ...

"""Names by which the bundled PBX's dialplan is reached from outside it.

The templates in `config/asterisk` use the same constants, so that a name lives once.

Click-to-call, by AMI Originate:
    Channel: PJSIP/<extension>          ChannelId: <what the call's key was made from>
             (PJSIP/<extension>-web rings its browsers)
    Context: CLICK_CONTEXT   Exten: s   Priority: 1
    Variable: HOVORNA_TO=<extension or number>
    Variable: HOVORNA_LINE=<line's name>         (may be left out: the extension's default line)
    Variable: each of AUTO_ANSWER, which makes a desk phone answer by itself
The dialplan refuses a line that the extension may not use, whoever asks.

The same with the employee's mobile telephone first, called out on one of the employee's lines:
    Channel: PJSIP/<E.164>@<extension>-mobile-<line>     ChannelId: as above
    Context: MOBILE_CONTEXT   Exten: s   Priority: 1
    Variable: HOVORNA_TO, HOVORNA_LINE as above; no AUTO_ANSWER
    Variable: HOVORNA_THEN=<a context below, with its variables>    (left out: CLICK_CONTEXT)
Whoever answers there must press MOBILE_KEY before anybody else is called: a mailbox does not.

Taking a ringing call for an extension, by AMI Originate in the same way:
    Context: PICKUP_CONTEXT   Exten: s   Priority: 1
    Variable: HOVORNA_PICKUP=<name of the ringing channel, for example PJSIP/101-0000001a>

A third party for a talk that goes on, by AMI Originate of its phone:
    Channel: PJSIP/<extension> or PJSIP/<E.164>@<line>
    Context: JOIN_CONTEXT   Exten: s   Priority: 1
    Variable: HOVORNA_JOIN=<name of a channel in that talk>
    Variable: HOVORNA_INVITATION=<letters and digits>     (may be left out)
Once it answers, the talk is a conference: nobody is moved, and the recording goes on. Of several
that are called by one invitation the first that answers comes in, and CAME_IN_EVENT is told.

Listening to an employee, by AMI Originate of the supervisor's phone, or Redirect of it:
    Channel: PJSIP/<extension>   ChannelId: as `calls.keys.spying_root` makes it
    Context: SUPERVISE_CONTEXT   Exten: s   Priority: 1
    Variable: HOVORNA_SUPERVISED=<name of the employee's channel>
    Variable: HOVORNA_WHISPER=1           (may be left out: the employee hears nothing)
It ends with the employee's part in the call. Barging in is a Redirect to JOIN_CONTEXT.

Telling, after AMI MixMonitorMute, what became of a recording, by AMI Originate:
    Channel: Local/s@TELL_CONTEXT/n   Application: Wait   Data: 1
    Variable: HOVORNA_TELL=<PAUSED_EVENT, UNPAUSED_EVENT, STOPPED_EVENT or AGAIN_EVENT>
    Variable: HOVORNA_ABOUT=<Uniqueid of the recorded channel>

Blind transfer, by AMI BlindTransfer of the employee's channel:
    Context: TRANSFER_CONTEXT   Exten: <extension or number>

The same to a supervisor who takes the client over:
    Context: TAKING_CONTEXT     Exten: <the supervisor's extension>
Before, HOVORNA_AT is set on the channel that is moved. It is the device that rings, and answers by
itself: desk, web, web-<port>, or mobile-<line>, which asks for MOBILE_KEY. Without it all ring.
"""

from typing import Final

from pbx_bridge.directory import MOBILE_MARK as MOBILE_MARK
from pbx_bridge.directory import WEB_SUFFIX as WEB_SUFFIX

# Contexts.
INSIDE_CONTEXT: Final = "inside"  # what an employee's phone dials
TRANSFER_CONTEXT: Final = "transfer"  # where an employee sends somebody
CLICK_CONTEXT: Final = "click-to-call"
MOBILE_CONTEXT: Final = "mobile"  # the same, for whoever presses MOBILE_KEY on a mobile telephone
NOWHERE_CONTEXT: Final = "nowhere"  # does not exist: nothing comes in there
PICKUP_CONTEXT: Final = "pickup"
JOIN_CONTEXT: Final = "join"
SUPERVISE_CONTEXT: Final = "supervise"
TAKING_CONTEXT: Final = "taking"  # who wants the client has the extension that is dialled here
LAMPS_CONTEXT: Final = "lamps"  # the state of extensions; lamps-101: and of 101's lines
TELL_CONTEXT: Final = "tell"
WAITING_CONTEXT: Final = "waiting"  # whose employee's browser is gone; exten: its extension
WAITING_CLOSED_CONTEXT: Final = "waiting-closed"  # the same; the name tells why it is gone
WAITING_NETWORK_CONTEXT: Final = "waiting-network"
INBOUND_PREFIX: Final = "in-"  # a line's calls enter at in-<line>

# Set by every employee's endpoint, desk phone or browser, to its extension.
EXTENSION_VARIABLE: Final = "HOVORNA_EXTENSION"

# Set on every channel of a talk with a client to its line's name, and inherited by whom it calls
# (two underscores): a second client's side is not recorded beside the first's, and whom nobody
# takes, the line's group does.
CLIENT_VARIABLE: Final = "HOVORNA_CLIENT"

# The header that tells a browser the key of the call that rings.
CALL_HEADER: Final = "X-Call"

# Channel variables given with Originate.
TO_VARIABLE: Final = "HOVORNA_TO"
LINE_VARIABLE: Final = "HOVORNA_LINE"
BACK_VARIABLE: Final = "HOVORNA_BACK"  # set on who waits, when that browser is there again
AT_VARIABLE: Final = "HOVORNA_AT"
THEN_VARIABLE: Final = "HOVORNA_THEN"
CONFIRMED_VARIABLE: Final = "HOVORNA_CONFIRMED"  # SHARED, 1: MOBILE_KEY was pressed
PICKUP_VARIABLE: Final = "HOVORNA_PICKUP"
JOIN_VARIABLE: Final = "HOVORNA_JOIN"
INVITATION_VARIABLE: Final = "HOVORNA_INVITATION"
SUPERVISED_VARIABLE: Final = "HOVORNA_SUPERVISED"
WHISPER_VARIABLE: Final = "HOVORNA_WHISPER"
MOBILE_LAMP: Final = "Custom:mobile-"  # and the extension: a device that speaks, or does not
MUTED_VARIABLE: Final = "HOVORNA_MUTED"  # 1 on whom the others do not hear: read after a restart
TELL_VARIABLE: Final = "HOVORNA_TELL"
ABOUT_VARIABLE: Final = "HOVORNA_ABOUT"

# Keys that the CRM presses on an employee's channel (AMI PlayDTMF, Receive: yes).
HOLD_KEY: Final = "A"
RESUME_KEY: Final = "B"
RECORD_KEY: Final = "C"

# The same on the channel of a supervisor (ChanSpy's own, option d).
LISTEN_KEY: Final = "4"
WHISPER_KEY: Final = "5"

# Names that the dialplan speaks in AMI (UserEvent) and CEL (CELGenUserEvent: the eventtype) about
# an inbound channel whose caller asked not to be named. It comes before any phone rings; from
# then on the channel's caller number is empty.
WITHHELD_EVENT: Final = "HovornaWithheld"
# The same about a channel that was put on hold, and taken off it, by the CRM: with the milliseconds
# since the epoch, a bar, and the name of the channel of the employee who did it.
HELD_EVENT: Final = "HovornaHeld"
RESUMED_EVENT: Final = "HovornaResumed"
# About the recording of the channel whose Uniqueid comes after the bar, on a channel of its own.
PAUSED_EVENT: Final = "HovornaPaused"
UNPAUSED_EVENT: Final = "HovornaUnpaused"
STOPPED_EVENT: Final = "HovornaStopped"  # by hand; the files stay open
AGAIN_EVENT: Final = "HovornaBegunAgain"
# UserEvent alone: the employee whose channel is `By` dialled the code for the recording.
RECORDING_ASKED_EVENT: Final = "HovornaRecordingAsked"
# UserEvent alone: of those who are called by one invitation, this channel was the first to answer.
CAME_IN_EVENT: Final = "HovornaCameIn"
# UserEvent alone: MOBILE_KEY was pressed on this employee's mobile telephone.
CONFIRMED_EVENT: Final = "HovornaConfirmed"
# About an employee's mobile telephone that was answered, where nobody pressed MOBILE_KEY.
UNCONFIRMED_EVENT: Final = "HovornaUnconfirmed"

# The same of a call to the outside that the limits refuse. In UserEvent's header REFUSAL_HEADER,
# and in CELGenUserEvent's extra: "<country|hour> <extension> <line> <E.164 number>".
REFUSED_EVENT: Final = "HovornaRefused"
REFUSAL_HEADER: Final = "Refusal"
REFUSED_SOUND: Final = "cannot-complete-as-dialed"  # of Asterisk's core sounds, as the next
LINE_DOWN_SOUND: Final = "all-circuits-busy-now&please-try-call-later"

# AMI Originate `Variable` values. Makers differ in which header makes their phones answer.
AUTO_ANSWER: Final = (
    "PJSIP_HEADER(add,Call-Info)=<sip:hovorna.invalid>;answer-after=0",
    "PJSIP_HEADER(add,Alert-Info)=<http://hovorna.invalid>;info=alert-autoanswer;delay=0",
)

# How many seconds it rings at whom a client is sent to, or who is asked for one, a colleague or a
# number outside. Then the client is back with who sent him on; from a mobile where nobody presses
# MOBILE_KEY, with the line's group.
HANDED_SECONDS: Final = 20

# Who answers a mobile is asked for this key, so often in vain before it is hung up.
MOBILE_KEY: Final = "1"
MOBILE_ASKED: Final = 3

# What an employee dials.
PICKUP_CODE: Final = "*11"  # what rings in my group; followed by an extension, what rings there
PICKUP_ALIAS: Final = "40"
ECHO_CODE: Final = "*43"
# During a call; * or ## and an extension or number, then # or three seconds of nothing.
CONSULT_CODE: Final = "*"
BLIND_CODE: Final = "##"
RECORDING_DIGIT: Final = "2"  # *2 pauses the recording and goes on with it
# While a colleague is consulted.
CONSULT_CANCEL: Final = "*1"
CONSULT_TOGETHER: Final = "*3"
CONSULT_SWAP: Final = "*4"
CONSULT_COMPLETE: Final = "*5"
CONFERENCE: Final = "800"

# Never an extension: what is dialled here, and the emergency numbers that work in most countries.
RESERVED: Final = frozenset({PICKUP_ALIAS, CONFERENCE, "112", "911"})

# MixMonitor's files in the spool: <Uniqueid of the client's channel> and these.
CLIENT_SUFFIX: Final = ".client.wav"
COMPANY_SUFFIX: Final = ".company.wav"

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

Taking a ringing call for an extension, by AMI Originate in the same way:
    Context: PICKUP_CONTEXT   Exten: s   Priority: 1
    Variable: HOVORNA_PICKUP=<name of the ringing channel, for example PJSIP/101-0000001a>

A third party for a talk that goes on, by AMI Originate of its phone:
    Channel: PJSIP/<extension> or PJSIP/<E.164>@<line>
    Context: JOIN_CONTEXT   Exten: s   Priority: 1
    Variable: HOVORNA_JOIN=<name of a channel in that talk>
Once it answers, the talk is a conference: nobody is moved, and the recording goes on.

Blind transfer, by AMI BlindTransfer of the employee's channel:
    Context: TRANSFER_CONTEXT   Exten: <extension or number>
"""

from typing import Final

from pbx_bridge.directory import WEB_SUFFIX as WEB_SUFFIX

# Contexts.
INSIDE_CONTEXT: Final = "inside"  # what an employee's phone dials
TRANSFER_CONTEXT: Final = "transfer"  # where an employee sends somebody
CLICK_CONTEXT: Final = "click-to-call"
PICKUP_CONTEXT: Final = "pickup"
JOIN_CONTEXT: Final = "join"
LAMPS_CONTEXT: Final = "lamps"  # what phones subscribe to: the state of an extension
INBOUND_PREFIX: Final = "in-"  # a line's calls enter at in-<line>

# Set by every employee's endpoint, desk phone or browser, to its extension.
EXTENSION_VARIABLE: Final = "HOVORNA_EXTENSION"

# The header that tells a browser the key of the call that rings.
CALL_HEADER: Final = "X-Call"

# Channel variables given with Originate.
TO_VARIABLE: Final = "HOVORNA_TO"
LINE_VARIABLE: Final = "HOVORNA_LINE"
PICKUP_VARIABLE: Final = "HOVORNA_PICKUP"
JOIN_VARIABLE: Final = "HOVORNA_JOIN"

# Names that the dialplan speaks in AMI (UserEvent) and CEL (CELGenUserEvent: the eventtype) about
# an inbound channel whose caller asked not to be named. It comes before any phone rings; from
# then on the channel's caller number is empty.
WITHHELD_EVENT: Final = "HovornaWithheld"

# The same of a call to the outside that the limits refuse. In UserEvent's header REFUSAL_HEADER,
# and in CELGenUserEvent's extra: "<country|hour> <extension> <line> <E.164 number>".
REFUSED_EVENT: Final = "HovornaRefused"
REFUSAL_HEADER: Final = "Refusal"
REFUSED_SOUND: Final = "cannot-complete-as-dialed"  # of Asterisk's core sounds

# AMI Originate `Variable` values. Makers differ in which header makes their phones answer.
AUTO_ANSWER: Final = (
    "PJSIP_HEADER(add,Call-Info)=<sip:hovorna.invalid>;answer-after=0",
    "PJSIP_HEADER(add,Alert-Info)=<http://hovorna.invalid>;info=alert-autoanswer;delay=0",
)

# What an employee dials.
PICKUP_CODE: Final = "*11"  # what rings in my group; followed by an extension, what rings there
PICKUP_ALIAS: Final = "40"
ECHO_CODE: Final = "*43"
CONFERENCE: Final = "800"

# Never an extension: what is dialled here, and the emergency numbers that work in most countries.
RESERVED: Final = frozenset({PICKUP_ALIAS, CONFERENCE, "112", "911"})

# MixMonitor's files in the spool: <Uniqueid of the client's channel> and these.
CLIENT_SUFFIX: Final = ".client.wav"
COMPANY_SUFFIX: Final = ".company.wav"

"""What services say is wrong, in the reader's language.

Services speak English and know no catalogue. Their sentences are listed here for the catalogues;
`%s` stands for what a sentence is filled with. One that is not listed is shown in English.
"""

import re
from collections.abc import Callable

Gettext = Callable[[str], str]


def N_(text: str) -> str:  # noqa: N802 - the customary name of what marks a text for extraction
    return text


FAULTS: tuple[str, ...] = (
    N_("must not be empty"),
    N_("must be text"),
    N_("must be a whole number"),
    N_("must be a whole number from %s to %s"),
    N_("must be true or false"),
    N_("must be one of %s"),
    N_("must be names of lines"),
    N_("must be two-letter country codes"),
    N_("must have at most %s characters"),
    N_("must have %s to %s characters"),
    N_("must have at most %s items"),
    N_("must be another status"),
    N_("The body is larger than the %s bytes allowed."),
    N_("must have letters or digits"),
    N_("must be another than the one-time password"),
    N_("must be a telephone number"),
    N_("is not a telephone number"),
    N_("is neither a telephone number nor an extension"),
    N_("is the company's own number"),
    N_("is the mobile of somebody who works here"),
    N_("is the phone that calls"),
    N_("is not an e-mail address"),
    N_("is not a language code"),
    N_("is no WAV, MP3 or Ogg sound"),
    N_("is longer than two minutes"),
    N_("has no sound in it"),
    N_("is silent"),
    N_("is larger than 20 MB"),
    N_("choose a file"),
    N_("The sound could not be kept here"),
    N_("is not an IANA time zone"),
    N_("is not a cursor of this list"),
    N_("is not in this call"),
    N_("must be a two-letter country code"),
    N_("must be letters, digits and . _ @ + -"),
    N_("must be letters, digits and hyphens, a letter first"),
    N_('must be plain characters without spaces and ; " \\ [ ]'),
    N_("must be a host name or address, with :port if need be"),
    N_("must be 2 to 6 digits, the first not 0"),
    N_("40 is the code that picks up a ringing call"),
    N_("there is no such user"),
    N_("there is no such company"),
    N_("there is no such status"),
    N_("there is no such line"),
    N_("is none of the lines that the employee may use"),
    N_("there is no such extension"),
    N_("there is no line %s"),
    N_("there is no extension %s"),
    N_("you have no extension"),
    N_("You are in this call yourself"),
    N_("Calls on this line, or of this employee, are never recorded"),
    N_("Line %s is down: its provider refuses the account"),
    N_("Line %s is down: its provider does not answer"),
    N_("Line %s is down: its provider is not registered"),
    N_("The provider is registered with us"),
    N_("The provider is not registered with us"),
    N_("The provider answers"),
    N_("The provider does not answer"),
    N_("You may not take a call that rings there"),
    N_("only a contact has a company"),
    N_("only a lead has a status"),
    N_("This login exists already, or the department does not"),
    N_("This login exists already"),
    N_("This department exists already"),
    N_("This extension exists already, or the user does not"),
    N_("This is not your extension"),
    N_("This line exists already, or its number does"),
    N_("The last administrator must stay one"),
    N_("Another open lead has this number"),
    N_("Somebody else changed this card meanwhile; load it again"),
    N_("A status of this name exists already"),
    N_("Converted leads need this status"),
    N_("One status must stay open: new leads get it"),
    N_("Two leads of one number would be open"),
    N_("Leads with this status: %s. Give them another one first"),
    N_("This lead was converted before"),
    N_("This lead was converted; its work goes on at the contact"),
    N_("This call is being placed already"),
    N_("This call is over"),
    N_("This call is not with you any more: somebody dealt with it meanwhile"),
    N_("This call does not ring any more"),
    N_("Nothing rings there that you may take"),
    N_("has this call already"),
    N_("is the client of this call"),
    N_("is missing"),
    N_("This call is not answered yet"),
    N_("%s are in this call already"),
    N_("Calls between colleagues are not recorded"),
    N_("this call has ended"),
    N_("%s is not in this call"),
    N_("%s is in this call already"),
    N_("nobody from outside is in this call"),
    N_("nothing rings in this call any more"),
    N_("the phone %s is not registered"),
    N_("the phone %s was hung up"),
    N_("the phone %s did not answer"),
    N_("the phone %s is busy"),
    N_("the phone %s cannot be reached"),
    N_("the phone %s cannot be called"),
    N_("the mobile of %s cannot be called"),
    N_("the mobile of %s did not answer"),
    N_("the mobile of %s is busy"),
    N_("nobody has pressed %s on the mobile of %s yet"),
    N_("the phone %s has not answered yet"),
    N_("the PBX does not say whether that was done"),
    N_("the PBX refuses to do that"),
    N_("several are sent out only on the default line"),
    N_("this employee has no mobile number; an administrator sets it"),
    N_("is a number at a higher rate"),
    N_("is in a country that may not be called"),
    N_("the PBX does not say whether %s rings"),
    N_("the PBX does not say what became of it"),
    N_("%s cannot be reached"),
    N_("%s speaks with a colleague; that comes first"),
    N_("%s speaks with a colleague already"),
    N_("%s consults nobody"),
    N_("%s does not speak with the client now"),
    N_("this phone's calls cannot be held from here"),
    N_("this call is held by the phone itself, or not at all"),
    N_("this call cannot be taken off hold from here"),
    N_("only two are in this call: hang up instead"),
    N_("nobody speaks with the client now"),
    N_("this call is not recorded"),
    N_("the recording does not begin"),
    N_("Nobody here speaks in this call"),
    N_("The limit of %s outbound calls an hour is reached"),
    N_("You are not allowed to do this"),
    N_("You may not hear this recording"),
    N_("You may not call out on this line"),
    N_("You have no line to call out on"),
    N_("Calls to %s are not allowed"),
    N_("there is no country %s"),
    N_("Only its author may change a note"),
    N_("The telephone exchange is not connected"),
    N_("This page is out of date. Load it again and repeat what you did."),
    N_("Something went wrong here. It has been written down."),
    # What an administrator must mend.
    N_(
        "The disk of %s, where the PBX records, is nearly full: soon nothing will be recorded. "
        "Free some space, or set recordings_keep_days."
    ),
    N_(
        "No room for recordings in %s (%s). Free some space, or set recordings_keep_days; "
        "recordings wait in the PBX's spool until then."
    ),
    N_("The recordings spool cannot be looked through: %s"),
    N_("Recordings cannot be taken in: %s"),
    N_("A recording cannot be taken in: %s"),
    N_("Recordings are stored, but cannot be removed from the spool: %s"),
    N_(
        "The PBX told of a recording (%s) that was not taken in: %s. "
        "Is %s the folder where the PBX records?"
    ),
    N_("The audio worker does not run: %s. Is the installation complete?"),
    N_("CEL is not available: %s. Calls during an interruption are lost"),
    N_("%s events of calls could not be stored; the log says why"),
    # The demo's own.
    N_("The simulated people are still coming to work; try again"),
    N_("no simulated client can call on %s now: %s"),
    N_("no simulated colleague can call now: %s"),
    N_("there are no two simulated colleagues at their desks now"),
    N_("No line rings there"),
    N_("there is no such scene"),
    # Statuses that a company begins with; the administrator's own stay as he wrote them.
    N_("New"),
    N_("In progress"),
    N_("Qualified"),
    N_("Converted"),
    N_("Lost"),
)

_FILLED = [
    (re.compile(re.escape(text).replace("%s", "(.+?)") + r"\Z", re.S), text)
    for text in FAULTS
    if "%s" in text
]


def say_fault(text: str, _: Gettext) -> str:
    """As a sentence: "must not be empty" -> "Must not be empty."."""
    return sentence(_translated(text, _))


def _translated(text: str, _: Gettext) -> str:
    if (known := _(text)) != text:
        return known
    for pattern, template in _FILLED:
        found = pattern.match(text)
        if found is not None:
            return _(template) % found.groups()
    return text


def sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "?", "…")) else f"{text}."

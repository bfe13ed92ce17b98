"""A party as a person: an employee with a name, or somebody outside."""

from collections.abc import Mapping
from typing import Any

from crm.people.directory import Directory
from crm.telephony.views import CallPerson

Values = Mapping[str, Any]


def person_of(directory: Directory, party: Values) -> CallPerson:
    """A party, with its employee's name; an outside one has the name that the network gave."""
    extension = party.get("extension")
    user = directory.user_of(extension)
    name = directory.name_of(extension) if extension else party.get("name")
    return CallPerson(extension, party.get("number"), name, user.id if user else None)

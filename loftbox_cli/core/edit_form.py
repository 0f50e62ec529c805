"""A message as a person edits it: a few fields, an empty line, the text.

    To: Jane Doe <jane@example.com>
    Cc:
    Bcc:
    Subject: Your order

    It is on its way.

A field may be given as often as wanted, and each names any number of addresses, with
commas between them. What stands there is what is sent, so a field that is gone names
nobody. Characters that nobody sees are kept as they are.
"""

import re

from loftbox_cli.core.address import parse_party
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.message import Message
from loftbox_cli.core.reading import Party
from loftbox_cli.core.revision import Changes

_FIELD = re.compile(r"(To|Cc|Bcc|Subject):[ \t]*(.*)", re.IGNORECASE)
# A comma inside quotes or angle brackets belongs to a name or an address.
_PARTY = re.compile(r'(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<])+')


def spell(message: Message) -> str:
    """Write a message as it is edited."""
    people = (("To", message.to), ("Cc", message.cc), ("Bcc", message.bcc))
    lines = [f"{name}: {', '.join(map(_party, parties))}".rstrip() for name, parties in people]
    lines.append(f"Subject: {message.subject}".rstrip())
    return "\n".join(lines) + "\n\n" + message.text.replace("\r\n", "\n").removesuffix("\n") + "\n"


def _party(party: Party) -> str:
    if not party.name:
        return party.address
    name = party.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{party.address}>'


def read(form: str, message: Message) -> Changes:
    """Read what a person made of it; raises BadInput or BadAddress. A final line end is no change."""
    header, _, text = form.replace("\r\n", "\n").partition("\n\n")
    people: dict[str, list[Party]] = {"to": [], "cc": [], "bcc": []}
    subject: list[str] = []
    for number, line in enumerate(header.split("\n"), 1):
        found = _FIELD.fullmatch(line)
        if found is None:
            raise BadInput(
                f"line {number} is no field: {line[:80]!a}",
                fix="write To, Cc, Bcc and Subject, then an empty line and the text",
                field="form",
            )
        name, value = found[1].lower(), found[2].strip()
        if name == "subject":
            subject.append(value)
        else:
            pieces = filter(None, (piece.strip() for piece in _PARTY.findall(value)))
            people[name] += [parse_party(piece, field=name) for piece in pieces]
    if len(subject) > 1:
        raise BadInput("there are two subjects", fix="leave one", field="subject")
    before = message.text.replace("\r\n", "\n").removesuffix("\n")
    after = text.removesuffix("\n")
    return Changes(
        to=tuple(people["to"]),
        cc=tuple(people["cc"]),
        bcc=tuple(people["bcc"]),
        subject="".join(subject) if "".join(subject) != message.subject.strip() else message.subject,
        text=message.text if after == before else after + "\n",
    )

"""What an answer takes over from the message that it answers (RFC 5322 sections 3.6.2 to 3.6.5).

An answer goes where the writer asked for it, Reply-To before From, and never back to
the mailbox that answers: that would be talking to oneself.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from loftbox_cli.core.address import Address, comparable, parse_address, split_subaddress
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.errors import BadAddress, BadInput
from loftbox_cli.core.header import MAX_SUBJECT, one_line
from loftbox_cli.core.message import Direction, Message
from loftbox_cli.core.quoting import quoted
from loftbox_cli.core.reading import Party

_ANSWERS = re.compile(r"re\s*:", re.IGNORECASE)


def reply(parent: Message, draft: Draft, *, own: str, quote: bool = False) -> Draft:
    """Fill in what the writer left open: whom the answer goes to, and its subject.

    `own` is the address of the mailbox that answers. With `quote` the text of the parent
    stands below. After a message of ours it goes to whom we wrote. Raises BadInput when
    there is nobody to answer.
    """
    return _answer(parent, replace(draft, to=draft.to or _writers(parent, own)), quote=quote)


def reply_all(parent: Message, draft: Draft, *, own: str, quote: bool = False) -> Draft:
    """The same to everybody whom the parent names, each once: who wrote in to, the others in cc."""
    to = draft.to or _writers(parent, own)
    # Before others of the same address stands whom this answer names itself.
    others = _reachable((*parent.to, *parent.cc), own)
    cc = _once((*draft.cc, *others), besides=to)
    return _answer(parent, replace(draft, to=to, cc=cc), quote=quote)


def _answer(parent: Message, draft: Draft, *, quote: bool) -> Draft:
    answer = replace(draft, subject=draft.subject or _subject(parent.subject), in_reply_to=parent.id)
    return quoted(parent, answer) if quote else answer


def _writers(parent: Message, own: str) -> tuple[Party, ...]:
    """Who gets the answer: whoever the parent asks to be answered, and is not ourselves."""
    ours = parent.direction is Direction.OUTBOUND
    for parties in (parent.to, parent.cc) if ours else (parent.reply_to, parent.from_):
        if found := _once(_reachable(parties, own)):
            return found
    raise BadInput(
        f"message {parent.id} names nobody who could be answered",
        fix="say in to whom the answer goes to",
        field="to",
    )


def _reachable(parties: Iterable[Party], own: str) -> Iterator[Party]:
    """Those to whom we can write, without the answering mailbox under any of its subaddresses."""
    mine = _mailbox(parse_address(own))
    for party in parties:
        try:
            address = parse_address(party.address)
        except BadAddress:
            continue  # a stranger wrote it, in a form that we send nothing to
        if _mailbox(address) != mine:
            # A name may hold what must not go into a header of ours, and is only decoration.
            yield Party(str(address), one_line(party.name))


def _once(parties: Iterable[Party], *, besides: Iterable[Party] = ()) -> tuple[Party, ...]:
    taken = {comparable(parse_address(party.address)) for party in besides}
    found: dict[str, Party] = {}
    for party in parties:
        found.setdefault(comparable(parse_address(party.address)), party)
    return tuple(party for key, party in found.items() if key not in taken)


def _mailbox(address: Address) -> str:
    return comparable(Address(split_subaddress(address.local)[0], address.domain))


def _subject(subject: str) -> str:
    subject = one_line(subject)
    if not subject or _ANSWERS.match(subject):
        return subject
    return f"Re: {subject}"[:MAX_SUBJECT]

"""What a person is written when an agent's message waits for them: one fixed form.

The mail shows what a decision would be about: each recipient of the envelope, counted,
as it stands there; the rules that hold it; the agent's words, every line of them
behind a bar, so that none passes for ours, with what hides in them marked. How to
answer is written in when the mail leaves: until then nobody, whatever they may read here,
can take the way that is meant for one person.
"""

from collections.abc import Iterator

from loftbox_cli.core.approval import Approval
from loftbox_cli.core.invisible import marked
from loftbox_cli.core.link import NewLink
from loftbox_cli.core.message import Message

# The keys of a notice's metadata: what it asks about, and whom.
APPROVAL, REVISION, PERSON = "approval_id", "revision", "person_id"

MOST_LINES = 200
MOST_RULES = 10
ANSWER_HERE = "(how to answer stands in the mail alone)"
_BAR = "| "


def subject(approval: Approval) -> str:
    """Nothing of the agent's words stands there."""
    edited = f", revision {approval.revision}" if approval.revision > 1 else ""
    return f"Approval wanted: {approval.id}{edited}"


def text(approval: Approval, message: Message, *, person: str, mailbox: str) -> str:
    """Write the notice, with a place for the way to answer."""
    return "\n".join(_lines(approval, message, person, mailbox)) + "\n"


def _lines(approval: Approval, message: Message, person: str, mailbox: str) -> Iterator[str]:
    yield f"Hello {person},"
    yield ""
    yield f"{mailbox} wants to send the message below, and it waits for a person."
    yield f"Unless somebody answers by {approval.expires_at:%Y-%m-%d %H:%M} UTC, it will not be sent."
    yield ""
    yield ANSWER_HERE
    yield ""
    yield f"Envelope from: {message.mail_from}"
    yield f"Envelope to ({len(message.rcpt_to)}):"
    bcc = {party.address for party in message.bcc}
    for recipient in message.rcpt_to:
        yield f"  {recipient}{' (Bcc)' if recipient in bcc else ''}"
    yield ""
    yield "Held because:"
    for hit in approval.rules[:MOST_RULES]:
        yield f"  {marked(hit.detail)} ({hit.policy_name or 'built in'}: {hit.name})"
    if approval.approvers > 1:
        yield f"{approval.approvers} persons have to agree."
    yield ""
    yield "What the agent wrote:"
    yield f"{_BAR}Subject: {marked(message.subject)}"
    for header in message.headers:
        yield f"{_BAR}{header.name}: {marked(header.value)}"
    yield _BAR.rstrip()
    lines = marked(message.text).splitlines()
    for line in lines[:MOST_LINES]:
        yield (_BAR + line).rstrip()
    if len(lines) > MOST_LINES:
        yield f"({len(lines) - MOST_LINES} more lines: read them before you answer)"
    if message.html:
        yield f"It also has HTML of {len(message.html)} characters."
    for file in message.attachments:
        yield f"Attached: {marked(file.filename)}, {file.content_type}, {file.size} octets"
    yield ""
    yield f"This is revision {approval.revision}, with this SHA-256:"
    yield approval.content_sha256


def with_answer(stored: str, answer: str) -> str:
    """Write in how to answer, once."""
    return stored.replace(ANSWER_HERE, answer, 1)


def by_link(link: NewLink, public_url: str, command: str) -> str:
    """Answer by a link that is good for one person and one answer."""
    return (
        f"Read it and answer here; the link is yours alone, so pass it to nobody:\n{link.url(public_url)}\n"
        f"If the page asks for a code, it is: {link.code}\nOr on the gateway:\n  {command}"
    )


def by_command(command: str) -> str:
    """Answer on the machine of the gateway, where there is no page to lead to."""
    return f"Read it and answer on the gateway:\n  {command}"

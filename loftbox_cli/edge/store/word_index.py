"""The words of messages, in SQLite's full-text index (FTS5), one row for each message.

It is written in the commit that writes the message, and its rows have the numbers of
the rows of `messages`. A question becomes quoted strings, in which FTS5 knows no
operators, and a quote within them is doubled. The mailboxes that somebody may look
into are part of the question, so that what they hold is found without reading what
others have.
"""

from collections.abc import Collection

from loftbox_cli.core.message import Message
from loftbox_cli.core.search import PREFIX, Question, indexed
from loftbox_cli.edge.store.shelf import TableShelf

_ADD = """INSERT INTO words (rowid, message_id, revision, mailbox, subject, people, text)
VALUES (:row, :message_id, :revision, :mailbox, :subject, :people, :text)"""

_CHANGE = """UPDATE words SET revision = :revision, subject = :subject, people = :people, text = :text
WHERE rowid = (SELECT rowid FROM messages WHERE id = :message_id) AND revision != :revision"""


class MessageShelf(TableShelf[Message]):
    """The messages, and their words with them."""

    def add(self, value: Message) -> None:
        """Put a new message there; raises AlreadyExists."""
        row = self._insert(value)
        self._connection.execute(_ADD, {"row": row, **index_row(value)})

    def save(self, value: Message) -> None:
        """Write a message that is there. Its words change with its revision, and with nothing else."""
        super().save(value)
        if value.revision > 1:
            self._connection.execute(_CHANGE, index_row(value))


def index_row(message: Message) -> dict[str, str | int]:
    """What the index holds of a message."""
    words = indexed(message)
    return {
        "message_id": message.id,
        "revision": message.revision,
        "mailbox": _token(message.mailbox_id),
        "subject": words.subject,
        "people": words.people,
        "text": words.text,
    }


def match(question: Question, mailbox_ids: Collection[str] | None) -> str:
    """Write a question in the language of FTS5; None stands for every mailbox."""
    asked = " AND ".join(map(_term, question.words))
    found = f"{{subject people text}} : ({asked})"
    if mailbox_ids is None:
        return found
    return f"{found} AND mailbox : ({' OR '.join(map(_quoted, sorted(map(_token, mailbox_ids))))})"


def _term(word: str) -> str:
    return _quoted(word) + ("*" if len(word) >= PREFIX else "")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _token(mailbox_id: str) -> str:
    """An id as one word: the tokenizer cuts at the underscore."""
    return mailbox_id.rpartition("_")[2]

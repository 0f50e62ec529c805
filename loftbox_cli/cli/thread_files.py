"""Mails in files, as the tree of the conversation that they are."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from loftbox_cli.cli.mail_file import UNKNOWN, parsed
from loftbox_cli.core.thread_tree import Named, branches, forest
from loftbox_cli.core.views.branch import BranchView

_NO_DATE = datetime.min.replace(tzinfo=UTC)


def tree(files: Sequence[str], *, by_subject: bool) -> Iterator[BranchView]:
    """Read mails and put each under the one that it answers, siblings by their Date."""
    mails = [parsed(name, UNKNOWN) for name in files]
    named = [
        Named(each.message_id, each.references, each.in_reply_to, each.subject, _date(each.date))
        for each in mails
    ]
    for node, depth, parent in branches(forest(named, by_subject=by_subject)):
        mail = None if node.place is None else mails[node.place]
        yield BranchView(
            depth=depth,
            file=None if node.place is None else files[node.place],
            parent=None if parent is None else files[parent],
            message_id=mail.message_id if mail else "",
            subject=mail.subject if mail else "",
        )


def _date(text: str) -> datetime:
    """What a Date field says; one that nobody can read counts as the oldest."""
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return _NO_DATE

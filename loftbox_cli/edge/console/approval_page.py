"""The page of one question: all that the answer is bound to, and the form that gives it."""

from collections.abc import Iterator
from datetime import datetime

from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.views.approval import ApprovalView
from loftbox_cli.edge.console.html import Html, joined, page, tag
from loftbox_cli.services import shown
from loftbox_cli.services.linking import Opened

LONGEST_WHY = 1_000


def approval_page(opened: Opened, *, said: str = "") -> Html:
    """The question, as it stands now; `said` is what the page has to tell first."""
    view = shown.approval(opened.asked)
    title = f"{opened.mailbox} to {_count(view.recipients, 'recipient')}"
    return page(
        title,
        tag("h1", title),
        tag("p", said, class_="state", role="status") if said else "",
        tag("p", _standing(opened), class_="state"),
        *_envelope(view),
        *_rules(view),
        *_words(view),
        *_files(view),
        *_edits(view),
        tag("p", tag("small", f"Revision {view.revision}, SHA-256 {view.content_sha256}")),
        _form() if opened.is_open else "",
    )


def told_page(title: str, words: str) -> Html:
    """A page that says one thing."""
    return page(title, tag("h1", title), tag("p", words))


def _standing(opened: Opened) -> str:
    approval = opened.asked.approval
    if approval.state is not ApprovalState.PENDING:
        by = f" by {approval.decided_by} through {approval.via}" if approval.decided_by else ""
        at = f" on {_time(approval.decided_at)}" if approval.decided_at else ""
        return f"This message is {approval.state}{by}{at}. {approval.why}".rstrip()
    if not opened.is_current:
        return "The message was edited since this notice was written: take the link of the newest one."
    more = approval.approvers - len(approval.agreed)
    if opened.link.used_at is not None:
        return f"You agreed. {_count(more, 'more person')} still asked."
    asked = f" {_count(more, 'person')} still asked." if approval.approvers > 1 else ""
    return f"It waits for you, {opened.person.name}, until {_time(approval.expires_at)}.{asked}"


def _envelope(view: ApprovalView) -> Iterator[Html]:
    bcc = {party.address for party in view.bcc}
    names = {party.address: party.name for party in (*view.to, *view.cc, *view.bcc)}
    yield tag("h2", f"Envelope: {_count(view.recipients, 'recipient')}")
    yield tag(
        "ol",
        *(
            tag(
                "li",
                tag("code", each),
                f" {names.get(each, '')}",
                " (Bcc: unseen by the others)" if each in bcc else "",
            )
            for each in view.rcpt_to
        ),
    )
    rows = [("Returns to", view.mail_from or "nobody")]
    rows += [("From", f"{party.name} <{party.address}>".strip()) for party in view.from_]
    rows += [("Submitted by", view.submitted_by), ("Message", view.message_id)]
    yield tag("dl", *(joined((tag("dt", name), tag("dd", value))) for name, value in rows))


def _rules(view: ApprovalView) -> Iterator[Html]:
    yield tag("h2", "Held because")
    for rule in view.rules:
        about = f" ({', '.join(rule.recipients)})" if rule.recipients else ""
        yield tag(
            "p", f"{rule.detail}{about}", tag("small", f" {rule.policy_name or 'built in'}: {rule.rule}")
        )


def _words(view: ApprovalView) -> Iterator[Html]:
    yield tag("h2", "What the agent wrote")
    rows = [("Subject", view.subject), *((header.name, header.value) for header in view.headers)]
    yield tag("dl", *(joined((tag("dt", name), tag("dd", value))) for name, value in rows))
    yield tag("pre", view.text)
    if view.html:
        # As source: what HTML loads, hides or imitates, it does not do here.
        yield tag("h2", "Its HTML, as written")
        yield tag("pre", view.html)


def _files(view: ApprovalView) -> Iterator[Html]:
    if view.attachments:
        yield tag("h2", f"Attached: {_count(len(view.attachments), 'file')}")
        yield tag(
            "ul",
            *(
                tag("li", f"{file.filename}, {file.content_type}, {file.size} octets")
                for file in view.attachments
            ),
        )


def _edits(view: ApprovalView) -> Iterator[Html]:
    for revision in view.revisions:
        yield tag("h2", f"Revision {revision.number}, edited by {revision.by} on {_time(revision.at)}")
        if revision.why:
            yield tag("p", revision.why)
        yield tag("pre", *(joined((tag("span", line, class_=_kind(line)), "\n")) for line in revision.diff))


def _kind(line: str) -> str:
    return {"+": "add", "-": "cut"}.get(line[:1], "same")


def _form() -> Html:
    return tag(
        "form",
        tag("label", "Code from the notice", for_="code"),
        Html('<input id="code" name="code" required maxlength="64" autocomplete="off" spellcheck="false">'),
        tag("label", "Why, for the log and, with a no, for the agent", for_="why"),
        Html(f'<input id="why" name="why" maxlength="{LONGEST_WHY}">'),
        tag("button", "Approve", name="answer", value="approve"),
        tag("button", "Reject", name="answer", value="reject"),
        method="post",
        action="",
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"

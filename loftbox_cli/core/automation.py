"""Whether a person wrote a mail, by what its header says (RFC 3834, RFC 2919, RFC 6522).

What is not `none` is never answered automatically (RFC 3834 section 2), so a doubt
counts as automatic. A mail from a list or in bulk is no robot, but no letter either.
"""

import re
from collections.abc import Collection, Sequence

from loftbox_cli.core.reading import Automation

LOOP_MARK = "X-LoftBox-Loop"  # on all that we send, with the sending domain

_LIST_FIELDS = ("list-id", "list-post", "list-unsubscribe", "list-help")
_REPLY_FIELDS = ("x-autoreply", "x-autorespond", "x-autoresponse")
_DAEMONS = ("mailer-daemon@", "postmaster@")
_KEYWORD_END = re.compile(r"[;(\s]")


def classify(
    headers: Sequence[tuple[str, str]], *, null_sender: bool = False, own: Collection[str] = ()
) -> Automation:
    """Read the class from the fields of a mail.

    `null_sender` says that its return path was empty; `own` holds the domains of this
    gateway: a mail that carries our mark came round in a loop.
    """
    fields: dict[str, str] = {}
    for name, value in headers:
        if name.lower() == LOOP_MARK.lower() and value.strip().lower() in own:
            return Automation.OWN
        fields.setdefault(name.lower(), value.strip().lower())
    if _is_bounce(fields, null_sender=null_sender):
        return Automation.BOUNCE
    said = _said(fields)
    if said is not Automation.NONE:
        return said
    return Automation.AUTO_GENERATED if null_sender else Automation.NONE


def _is_bounce(fields: dict[str, str], *, null_sender: bool) -> bool:
    content_type = fields.get("content-type", "")
    if content_type.startswith("multipart/report") and "delivery-status" in content_type:
        return True
    # qmail and others write their own form (RFC 3464 section 1.1), always with the null sender.
    return null_sender and any(daemon in fields.get("from", "") for daemon in _DAEMONS)


def _said(fields: dict[str, str]) -> Automation:
    # RFC 3834 section 5: a keyword, then perhaps parameters, and comments anywhere.
    submitted = _KEYWORD_END.split(fields.get("auto-submitted", "no"))[0]
    precedence = fields.get("precedence", "")
    if (
        submitted == "auto-replied"
        or precedence == "auto_reply"
        or not fields.keys().isdisjoint(_REPLY_FIELDS)
    ):
        return Automation.AUTO_REPLIED
    if not fields.keys().isdisjoint(_LIST_FIELDS):
        return Automation.LIST
    if submitted != "no" or "x-auto-response-suppress" in fields:
        return Automation.AUTO_GENERATED
    if fields.get("content-type", "").startswith("multipart/report"):
        return Automation.AUTO_GENERATED  # a read receipt or an abuse report
    return Automation.LIST if precedence in ("list", "bulk", "junk") else Automation.NONE

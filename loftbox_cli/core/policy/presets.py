"""The policies that LoftBox brings: one for each kind of oversight, and one that always holds.

They are written as an operator would write them, and `loftbox policy show NAME`
prints them. A preset that changes gets another version, so that what waits in the
queue is looked at again.
"""

from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.policy.evaluate import InForce
from loftbox_cli.core.policy.read import read_policy

VERSION = 1
ALWAYS = "always"
OVERSIGHT = "oversight"  # the one question that all kinds of oversight ask: has a person seen it?

_READ_ONLY = """\
# The agent reads its mail and sends none.
name = "read_only"
description = "Nothing leaves this mailbox."

[[rule]]
name = "every send"
description = "this mailbox only reads"
decision = "block"
reason = "oversight_read_only"
"""

_GATED_ALL = """\
# Where every mailbox begins: a person sees each message before it leaves.
name = "gated_all"
description = "Every send waits for a person."

[[rule]]
name = "every send"
description = "every send of this mailbox waits for a person"
decision = "hold"
reason = "oversight_gated_all"
"""

_GATED_SEND = """\
# The agent answers people whom it knows; a person sees everything else.
#
# A recipient is in the thread when it wrote there before and was proven to be who
# it says. A reply to such people, to nobody else and without files, leaves by itself.
name = "gated_send"
description = "Answers within a conversation leave; everything else waits for a person."

[[rule]]
name = "an answer to who wrote"
description = "an answer to a proven correspondent, in the thread"
decision = "allow"
reason = "oversight_known_reply"
when.message.reply = true
when.recipient.in_thread = true
when.parent.automation = "none"
when.attachment.count = 0
"""

_SAMPLED = """\
# One message in ten waits for a person, and every first contact. The draw depends on
# mailbox, recipients and content alone: sending the same again draws the same.
name = "sampled"
description = "One message in ten and every first contact wait for a person."

[[rule]]
name = "drawn"
description = "drawn for a person to see: one message in ten is"
decision = "hold"
reason = "oversight_sampled"
when.sample.draw = {under = 100}

[[rule]]
name = "first contact"
description = "this mailbox never wrote to the recipient"
decision = "hold"
reason = "oversight_first_contact"
when.recipient.first_contact = true

[[rule]]
name = "everything else"
description = "not drawn for a person to see"
decision = "allow"
reason = "oversight_not_sampled"
"""

_MONITORED = """\
# Mail leaves by itself, and people read along in the log. What cannot be taken back
# easily waits for a person.
name = "monitored"
description = "Mail leaves by itself; what is hard to take back waits for a person."

[[rule]]
name = "many at once"
description = "more than ten recipients"
decision = "hold"
reason = "oversight_many_recipients"
when.message.recipients = {over = 10}

[[rule]]
name = "files for strangers"
description = "files for a recipient that this mailbox never wrote to"
decision = "hold"
reason = "oversight_files_for_strangers"
when.recipient.first_contact = true
when.attachment.count = {at_least = 1}

[[rule]]
name = "programs"
description = "a file that can be run"
decision = "hold"
reason = "oversight_program_attached"
when.attachment.extensions = [
  "bat", "cmd", "com", "exe", "jar", "js", "lnk", "msi", "ps1", "scr", "vbs",
]

[[rule]]
name = "everything else"
description = "operational mail, watched in the log"
decision = "allow"
reason = "oversight_monitored"
"""

_AUTONOMOUS = """\
# Mail leaves by itself.
name = "autonomous"
description = "Mail leaves by itself."

[[rule]]
name = "every send"
description = "operational mail, sent on its own"
decision = "allow"
reason = "oversight_autonomous"
"""

_ALWAYS = """\
# In force for every mailbox, whatever its oversight. It allows nothing by itself.
name = "always"
description = "What holds for every mailbox."

[[rule]]
name = "no automatic answer to automated mail"
# RFC 3834 section 2: two programs that answer each other never stop.
description = "an answer to mail that a program wrote"
decision = "hold"
reason = "automated_mail_answered"
when.parent.automation = {not_in = ["none", "absent"]}

[[rule]]
name = "no talking on without an answer"
description = "three messages of ours in a row in this thread, and no answer"
decision = "hold"
reason = "agent_in_a_row"
when.thread.agent_in_a_row = {at_least = 3}

[[rule]]
name = "no endless conversation"
# A program that says in no field that it is one is known by its pace.
description = "ten messages of ours in this thread within an hour"
decision = "hold"
reason = "thread_too_fast"
when.thread.sent_hour = {at_least = 10}
"""

SOURCES: dict[str, str] = {
    Oversight.READ_ONLY: _READ_ONLY,
    Oversight.GATED_ALL: _GATED_ALL,
    Oversight.GATED_SEND: _GATED_SEND,
    Oversight.SAMPLED: _SAMPLED,
    Oversight.MONITORED: _MONITORED,
    Oversight.AUTONOMOUS: _AUTONOMOUS,
    ALWAYS: _ALWAYS,
}


def always() -> InForce:
    """What holds for every mailbox."""
    return InForce(ALWAYS, VERSION, read_policy(_ALWAYS), has_to_allow=False)


def preset(oversight: Oversight) -> InForce:
    """The policy behind a kind of oversight."""
    return InForce(oversight.value, VERSION, read_policy(SOURCES[oversight]), topic=OVERSIGHT)

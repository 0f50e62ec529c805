"""What the pages about waiting and withheld mail say; see `command_words`."""

from tests.manual.words import Example, Words

QUEUE = Words(
    description="""
        The queue holds one delivery for each recipient of a message that was released. Each row says
        why the delivery waits and when it is tried next: in the words of the server that put it off, or
        because a pause holds it, or because its destination rests. A destination rests when its server
        asks to be left alone, or did not answer three times in a row; after the rest one delivery asks
        whether it is back, and nobody else has to wait meanwhile.

        Temporary failures are tried again by the schedule of `delivery.retry`. The sender hears of a
        delay after a quarter of an hour and after four hours; after `delivery.give_up_after` the
        delivery has failed. Time in which a pause holds it does not count.

        A delivery is uncertain when the next server had the message and gave no answer. It is tried
        again with the same Message-ID, so the recipient may get it twice.
    """,
    examples=(
        Example("What waits, and why:", ("loftbox queue list",)),
        Example("What the other server said at each attempt:", ("loftbox queue show dlv_…",)),
        Example(
            "Try again all that waits for a server that is back:",
            ("loftbox queue retry --destination customer.example",),
        ),
        Example(
            "Call back all that waits for one destination:",
            ("loftbox queue list --destination customer.example --all -q | loftbox queue cancel -",),
        ),
        Example(
            "Stop one destination, and let it go on:",
            (
                "loftbox queue pause customer.example --why 'their postmaster asked'",
                "loftbox queue resume customer.example",
            ),
        ),
    ),
    see=("loftbox-message(1)", "loftbox-pause(1)", "loftbox-trace(1)", "loftbox-states(7)"),
)

SUPPRESSION = Words(
    description="""
        A suppressed recipient gets no mail from one sending domain. Only two things suppress: a failure
        that says that nobody is there (5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10, and 5.2.1 when two messages
        met it), said by the next server or later by a bounce; and a complaint. A full mailbox, a block
        list or a policy of the other side suppresses nobody.

        A send to such a recipient is not refused: its delivery ends in the state suppressed, with the
        event message.suppressed. A failure holds for 180 days, a complaint until somebody releases it.
        What was withheld stays unsent.
    """,
    examples=(
        Example(
            "Why nobody writes to a recipient:", ("loftbox suppression list --address jane@example.net",)
        ),
        Example(
            "Keep a domain from writing to somebody who asked for it:",
            ("loftbox suppression add jane@example.net --domain example.com --why 'asked by phone'",),
        ),
        Example("Let mail to a recipient go again:", ("loftbox suppression release sup_…",)),
    ),
    see=("loftbox-message(1)", "loftbox-queue(1)", "loftbox-trace(1)"),
)

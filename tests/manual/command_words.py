"""What each command's page says beyond what the command tree knows.

The examples are one story, told in the order of this table: a test runs them so.
`apr_…` and its like stand for an id; `list -q` of the noun shows the real ones.
"""

from loftbox_cli.cli.exit_codes import ExitCode
from tests.manual.delivery_words import QUEUE, SUPPRESSION
from tests.manual.policy_words import POLICY
from tests.manual.words import MASTER_KEY, STORE, Example, Words

COMMANDS = {
    "init": Words(
        description="""
            The store holds everything but the master key, which seals the secrets in it. A self-signed
            certificate for the SMTP door is made beside it. Without a settings file a first one is
            written, with the two settings that have no default. A store that is there already is left
            alone.

            Keep the master key apart from the backup of the store: whoever has both reads DKIM keys and
            webhook secrets.

            Of a service, run it as the user of the service: `sudo -u loftbox loftbox init`.
        """,
        examples=(
            Example(
                "A first gateway:",
                ("loftbox init --hostname mx.example.com --operator anna@example.com --name Anna",),
            ),
        ),
        see=("loftbox-config(1)", "loftbox-serve(1)", "loftbox-domain(1)"),
        environment=MASTER_KEY,
        files={
            **STORE,
            "/var/lib/loftbox/master.key": "The master key, unless it is kept elsewhere.",
            "/var/lib/loftbox/smtp.crt": "The self-signed certificate; its key is `smtp.key` beside it.",
        },
    ),
    "config": Words(
        description="""
            Settings come from defaults, the settings file, the environment and options, each above the
            one before. Nothing is guessed: an unknown key or a bad value stops every command, and is told
            with file and line.
        """,
        examples=(
            Example("What is in force, and who said so:", ("loftbox config show --fields key,value,source",)),
            Example("Before a restart:", ("loftbox config check",)),
        ),
        see=("loftbox-serve(1)",),
        exits={
            ExitCode.NOT_SO: "`path`: the settings file is not there.",
            ExitCode.BAD_CONFIGURATION: "The settings are not good.",
        },
    ),
    "domain": Words(
        description="""
            A domain sends once its owner proved to own it, its records are published, and the operator
            approved its declared use. `add` makes an ownership token and DKIM keys, `records` prints what
            to publish, and `verify` asks DNS now and says of each record whether it is there, what is
            wrong with it and how to mend that. Looking again is always safe.

            The gateway looks again every day. When a record is gone, sending stops after 24 hours of
            failing looks, and at once when ownership is lost. Receiving never stops.
        """,
        examples=(
            Example(
                "Add a domain, and say what it is for:",
                ('loftbox domain add example.com --use-case "support replies of Example Ltd"',),
            ),
            Example(
                "Write the records as a block for a zone file:",
                ("loftbox domain records example.com --zone",),
            ),
            Example(
                "Look now, and again until all is there:", ("loftbox domain verify example.com --wait 10m",)
            ),
            Example("Agree to the declared use:", ("loftbox domain review example.com --approve",)),
        ),
        see=("loftbox-mailbox(1)",),
        exits={
            ExitCode.NOT_SO: "`verify`: DNS answered, and something is missing or wrong.",
            ExitCode.TRY_LATER: "`verify`: DNS did not answer.",
        },
        environment=MASTER_KEY,
    ),
    "agent": Words(
        description="""
            An agent is a program that has mailboxes and keys. Its owner is the person who answers for
            what it does.
        """,
        examples=(
            Example(
                "Register a program:",
                ('loftbox agent create support-bot --purpose "answers support mail" --owner Anna',),
            ),
            Example("All of them, for a script:", ("loftbox agent list --all --jsonl",)),
        ),
        see=("loftbox-key(1)", "loftbox-mailbox(1)", "loftbox-pause(1)"),
    ),
    "mailbox": Words(
        description="""
            A mailbox is an address on a domain of this gateway that belongs to one agent. Mail to
            `name+tag@` reaches the mailbox of `name@`. The addresses `postmaster@` and `abuse@` of each
            domain are the operator's.

            Everything that a new mailbox sends waits for a person. Its oversight says how long that
            remains so.
        """,
        examples=(
            Example(
                "Give an agent an address:",
                ('loftbox mailbox create help@example.com --agent support-bot --display-name "Support"',),
            ),
            Example(
                "Let it send without a person:",
                ("loftbox mailbox set help@example.com --oversight autonomous",),
            ),
            Example(
                "Let it wait for a person again:",
                ("loftbox mailbox set help@example.com --oversight gated_all",),
            ),
        ),
        see=("loftbox-agent(1)", "loftbox-approvals(1)"),
    ),
    "person": Words(
        description="""
            A person decides about what agents want to send. An operator may do everything; an approver
            only decides.
        """,
        examples=(
            Example("Somebody who approves:", ("loftbox person create Ben --address ben@example.com",)),
        ),
        see=("loftbox-approvals(1)", "loftbox-key(1)"),
    ),
    "key": Words(
        description="""
            A key opens the HTTP API to one agent or one person. Its text is shown once, when it is made;
            the store holds only a hash. No key both sends and approves.
        """,
        examples=(
            Example(
                "A key for an agent, in a file that only you read:",
                (
                    "umask 077",
                    "loftbox key create support-bot --scope send --scope read -q > support-bot.key",
                ),
            ),
            Example(
                "A key that ends by itself:",
                ("loftbox key create Ben --scope read --scope approve --expires 30d",),
            ),
            Example("End a key at once:", ("loftbox key revoke key_…",)),
        ),
        see=("loftbox-agent(1)", "loftbox-person(1)", "loftbox-send(1)"),
    ),
    "webhook": Words(
        description="""
            A webhook is a URL that gets events as signed HTTP requests, at least once each. Signatures
            follow Standard Webhooks, so its libraries verify them in every language; the secret is shown
            once, when the webhook is made. What is not answered with a 2xx is tried again by the schedule
            of `webhooks.retry`, then it is exhausted and can be sent again by hand.

            Targets in private networks are refused unless `webhooks.allow_networks` names them.
        """,
        examples=(
            Example(
                "Post the events of one agent's mailboxes:",
                ("loftbox webhook create https://agent.example.net/events --agent support-bot",),
            ),
            Example("What was posted to it, and how that went:", ("loftbox webhook notifications wh_…",)),
        ),
        see=("loftbox-logs(1)",),
        environment=MASTER_KEY,
    ),
    "send": Words(
        description="""
            It passes the same gate as the messages of agents, and the answer tells the decision and its
            reasons. With a key file it is sent as the agent of that key, and else as the operating-system
            user.
        """,
        examples=(
            Example(
                "Write to somebody:",
                (
                    (
                        "loftbox send --mailbox help@example.com --to jane@customer.example "
                        "--subject 'Your order' --text 'It is on its way.'"
                    ),
                ),
            ),
            Example(
                "Write as an agent, once, however often this is run:",
                (
                    (
                        "loftbox send --key-file support-bot.key --mailbox help@example.com "
                        "--to jane@customer.example --subject 'Your ticket' "
                        "--text 'We are looking into it.' --idempotency-key ticket-4711"
                    ),
                ),
            ),
        ),
        see=("loftbox-approvals(1)", "loftbox-key(1)", "loftbox-trace(1)"),
        exits={
            ExitCode.DONE: "The message is queued, or held for a person.",
            ExitCode.REFUSED: "The gate blocked the message, or the mailbox may not be used.",
        },
        environment=MASTER_KEY,
    ),
    "policy": POLICY,
    "approvals": Words(
        description="""
            A held message waits for a person until it expires. A decision is about the exact bytes and
            recipients that were shown: an edit makes a new revision, and a decision about an older one is
            refused. Who submitted a message may not approve it. Who decided, when and why is recorded.
        """,
        examples=(
            Example("What waits:", ("loftbox approvals list",)),
            Example(
                "Read it, and let it go:",
                ("loftbox approvals show apr_…", "loftbox approvals approve apr_… --revision 1"),
            ),
        ),
        see=("loftbox-message(1)", "loftbox-send(1)", "loftbox-trace(1)"),
        exits={ExitCode.REFUSED: "It was decided already, or edited since, or the gate stops the message."},
    ),
    "queue": QUEUE,
    "message": Words(
        description="""
            Mail that came or went, with its text, its files, and each delivery with the words of the
            other server.

            `search` finds the messages in whose subject, addresses and first 16,384 characters of text
            every word stands. Nothing in a word is an operator. Held and blocked messages are found too.
        """,
        examples=(
            Example(
                "What one person wrote of an invoice:",
                ("loftbox message search invoice --from jane@peer.test",),
            ),
            Example(
                "What one mailbox sent:",
                ("loftbox message list --mailbox help@example.com --direction outbound",),
            ),
            Example("Why a message did not arrive, and what to do:", ("loftbox message explain msg_…",)),
            Example("The bytes as they are stored:", ("loftbox message raw msg_… > message.eml",)),
            Example(
                "What the gateway reads in a mail that is only a file, no store needed:",
                ("loftbox message parse letter.eml --json",),
            ),
        ),
        see=("loftbox-thread(1)", "loftbox-trace(1)"),
    ),
    "suppression": SUPPRESSION,
    "thread": Words(
        description="""
            A thread is a conversation: who takes part, and its messages in order. A mail joins the thread
            of what it answers: a return path or Message-ID that the gateway signed counts first, then
            In-Reply-To, then References from the newest on, then a signed subaddress. Mails that name the
            same missing one share a thread, and it joins them when it comes. Threads are never merged;
            two that belong together name each other. The subject counts only where
            `loftbox mailbox set --match-subject yes` asks for it.

            While a thread is paused, what is written into it is held and what was released rests.
        """,
        examples=(
            Example(
                "The newest conversation:",
                ("loftbox thread list --limit 1 -q", "loftbox thread show thread_…"),
            ),
            Example(
                "Stop an agent in one conversation:", ("loftbox thread pause thread_… --why 'too fast'",)
            ),
            Example("Which of some mails answers which:", ("loftbox thread tree *.eml",)),
        ),
        see=("loftbox-message(1)",),
    ),
    "logs": Words(
        description="""
            Each change is an event, written together with the change. With `-f` the log goes on with what
            happens next, until it is interrupted.
        """,
        examples=(
            Example("The last hour of one mailbox:", ("loftbox logs --mailbox help@example.com --since 1h",)),
            Example("Failed deliveries, for a script:", ("loftbox logs --type message.failed --jsonl",)),
        ),
        see=("loftbox-trace(1)", "loftbox-webhook(1)"),
    ),
    "trace": Words(
        description="""
            It says what the gate decided and why, who approved, what the other server said to each
            attempt, and how each webhook was answered.
        """,
        examples=(Example("What became of a message:", ("loftbox trace msg_…",)),),
        see=("loftbox-logs(1)", "loftbox-message(1)"),
    ),
    "status": Words(
        description="""
            It reads the store, so it answers while the gateway runs and while it does not.
        """,
        examples=(Example("For a watch:", ("loftbox status --json",)),),
        see=("loftbox-logs(1)", "loftbox-serve(1)"),
    ),
    "doctor": Words(
        description="""
            Each finding is `ok`, a `warning` (it works, and will not for ever), `wrong`, or `unknown`
            (it could not be looked at), with the fact and what to do. It looks at the settings, the names
            that this server goes by, the SQLite in use, the store and its disk, the clock, owners and
            modes of files, the master key, and knocks at the doors of a gateway that runs. It changes
            nothing.
        """,
        examples=(
            Example("What is wrong:", ("loftbox doctor",)),
            Example("For a watch:", ("loftbox doctor --json --fields name,state,fix",)),
        ),
        see=("loftbox-config(1)", "loftbox-db(1)", "loftbox-status(1)"),
        exits={ExitCode.NOT_SO: "Something is wrong; warnings alone are no fault."},
        environment=MASTER_KEY,
        files=STORE,
    ),
    "db": Words(
        description="""
            `backup` writes one moment of the store into a new file that only its owner may read, looks
            through the copy, and returns when it is on the disk. The gateway goes on meanwhile. To copy
            the file of the store instead would miss what lies in its write-ahead log. The master key is
            not in the copy, and without it DKIM keys and webhook secrets in the copy cannot be opened.

            `check` reads everything: the pages of the file, the references between rows, the SHA-256 of
            each raw mail, the words by which each message is found, threads and who takes part in them,
            an approval for each held message, a delivery for each recipient of a released message and for
            nobody else, and the row of events. Each fault is named by its id.
        """,
        examples=(
            Example("Keep a copy:", ("loftbox db backup loftbox-backup.db",)),
            Example("Is everything there?", ("loftbox db check",)),
        ),
        see=("loftbox-doctor(1)",),
        exits={
            ExitCode.NOT_SO: "`check`: something in the store is damaged or missing.",
            ExitCode.REFUSED: "`backup`: the file is there already.",
        },
        files=STORE,
    ),
    "pause": Words(
        description="""
            A pause of a mailbox, an agent, a domain or the whole gateway holds at once. What was queued
            waits for the end of the pause. Nothing resumes by itself.
        """,
        examples=(Example("Stop an agent:", ("loftbox pause agent support-bot --why 'answers itself'",)),),
        see=("loftbox-resume(1)",),
    ),
    "resume": Words(
        description="""
            It ends one pause; another one above or below it still holds.
        """,
        examples=(Example("Let an agent go on:", ("loftbox resume agent support-bot",)),),
        see=("loftbox-pause(1)",),
    ),
    "serve": Words(
        description="""
            It runs in the foreground: it receives mail by SMTP, reads it, delivers what was released,
            posts webhooks and serves the HTTP API. It prints a line for each door with its name, address
            and port. One gateway runs on a store at a time.

            SIGTERM stops it: messages that are being handed over are waited for, up to
            `limits.shutdown_grace`. SIGHUP reads the certificates again. Under systemd it reports when it
            is ready.
        """,
        examples=(
            Example("On ports that need no rights:", ("loftbox serve --smtp-port 2525 --http-port 8420",)),
        ),
        see=("loftbox-config(1)", "loftbox-init(1)", "loftbox-status(1)"),
        exits={
            ExitCode.BAD_CONFIGURATION: "Settings, key or store are not in order, or another gateway runs."
        },
        environment=MASTER_KEY,
        files=STORE,
    ),
    "demo": Words(
        description="""
            It makes a gateway with a store of its own, and on loopback a DNS server, a recipient and a
            webhook's receiver. A domain is verified, an agent sends, a person approves, the recipient
            answers, and the answer arrives as a signed webhook. Each step is checked.

            It needs no domain, no rights and no network, and leaves nothing behind.
        """,
        examples=(Example("Look:", ("loftbox demo",)),),
        see=("loftbox-serve(1)",),
        exits={ExitCode.FAILED: "A step did not come out as it should."},
    ),
}

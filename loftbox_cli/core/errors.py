"""Everything that LoftBox refuses to do, as one tree.

    LoftBoxError
    ├── BadInput                 the caller said something that cannot be
    │   ├── BadAddress           not one address, or one that we never use
    │   ├── TooLarge             over a documented limit
    │   ├── UnknownParameter     an SMTP command carries a parameter that we did not offer
    │   └── KeyReused            an Idempotency-Key came back with another body
    ├── NotFound                 there is no such thing, or it is not yours
    │   ├── UnknownRecipient     nobody here has that address
    │   └── UnknownDomain        not a domain of this gateway: relaying is denied
    ├── Conflict                 the thing is not in a state that allows it
    │   ├── AlreadyExists
    │   ├── AlreadyDecided       an approval was decided before this decision arrived
    │   ├── StaleRevision        the message changed since it was read
    │   ├── LeaseLost            another worker took the row over
    │   └── Paused               somebody stopped it while it was under way
    ├── Refused                  understood, and not allowed
    │   ├── NotAuthenticated     no key, or one that is unknown, revoked or expired
    │   ├── NotAllowed           the key lacks the scope
    │   ├── OwnSubmission        who submitted a message may not approve it
    │   └── TargetRefused        a webhook target in a network that is not allowed
    ├── TryLater                 true later, perhaps: nothing was changed
    │   ├── StoreBusy            the queue before the writer is full, or the file is locked
    │   ├── StoreFailed          a sync failed: nothing is promised until an operator has looked
    │   ├── DiskLow              too little room to promise anything
    │   ├── NoAnswer             DNS or a peer did not answer
    │   ├── ReaderDied           the process that read a mail did not live through it
    │   └── TooMany              a rate or a connection limit
    └── BadConfiguration         the operator has to mend something first
        ├── NotInitialised       there is no store: run loftbox init
        ├── NoMasterKey          the sealed secrets cannot be opened
        ├── AlreadyRunning       another daemon owns the store
        ├── NewerStore           a newer LoftBox wrote this store
        └── DamagedStore         not a LoftBox store, or a broken one

An error names the thing and the fact (`fact`), and the next step (`fix`). Three
tables turn a class into an exit code, an HTTP problem and an SMTP reply; a test
fails when one of them misses a class. What is raised never happened: an outcome
that must be remembered is returned.
"""

from typing import ClassVar


class LoftBoxError(Exception):
    """Base of the tree: `fact` is for the person or program that asked."""

    code: ClassVar[str] = "error"

    def __init__(self, fact: str, *, fix: str = "", field: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.fix = fix
        self.field = field


class BadInput(LoftBoxError):
    """The caller said something that cannot be; `field` names where."""

    code = "invalid"


class BadAddress(BadInput):
    """Not exactly one address, or one of a form that we never use."""

    code = "invalid_address"


class TooLarge(BadInput):
    """Over one of the documented limits."""

    code = "too_large"


class UnknownParameter(BadInput):
    """An SMTP command carries a parameter of an extension that we did not offer."""

    code = "unknown_parameter"


class KeyReused(BadInput):
    """An Idempotency-Key came back with another body."""

    code = "idempotency_key_reused"


class NotFound(LoftBoxError):
    """There is no such thing, or it belongs to somebody else: the two look alike."""

    code = "not_found"


class UnknownRecipient(NotFound):
    """Nobody on this gateway has that address."""

    code = "unknown_recipient"


class UnknownDomain(NotFound):
    """Not a domain of this gateway; accepting it would make us an open relay."""

    code = "unknown_domain"


class Conflict(LoftBoxError):
    """The thing is in a state that does not allow the request."""

    code = "conflict"


class AlreadyExists(Conflict):
    """The name or address is taken."""

    code = "already_exists"


class AlreadyDecided(Conflict):
    """An approval was decided before this decision arrived."""

    code = "approval_already_decided"


class StaleRevision(Conflict):
    """The message was edited since the revision that the decision names."""

    code = "stale_revision"


class LeaseLost(Conflict):
    """The fencing token is old: another worker took the row over."""

    code = "lease_lost"


class Paused(Conflict):
    """Something stopped the thing while it was under way; it waits until it may go on."""

    code = "paused"


class Refused(LoftBoxError):
    """Understood, and not allowed."""

    code = "refused"


class NotAuthenticated(Refused):
    """No key, or one that is unknown, revoked or expired."""

    code = "not_authenticated"


class NotAllowed(Refused):
    """The key is good, but lacks the scope."""

    code = "not_allowed"


class OwnSubmission(Refused):
    """Who submitted a message may not approve it."""

    code = "own_submission"


class TargetRefused(Refused):
    """A webhook target lies in a network that the configuration does not allow."""

    code = "target_refused"


class TryLater(LoftBoxError):
    """A fault that may pass. Nothing was changed."""

    code = "try_later"


class StoreBusy(TryLater):
    """The queue before the writer is full, or another process holds the file."""

    code = "store_busy"


class StoreFailed(TryLater):
    """The disk refused to sync: what it holds is in doubt, and nothing more is promised before a restart."""

    code = "store_failed"


class DiskLow(TryLater):
    """Too little room on the store's disk to promise anything."""

    code = "disk_low"


class NoAnswer(TryLater):
    """A DNS server or a peer did not answer; that says nothing about the thing asked."""

    code = "no_answer"


class ReaderDied(TryLater):
    """The process that read a hostile mail was killed by its deadline or crashed."""

    code = "reader_died"


class TooMany(TryLater):
    """A rate or a connection limit was reached."""

    code = "too_many"


class BadConfiguration(LoftBoxError):
    """The operator has to mend something before this can work."""

    code = "bad_configuration"


class NotInitialised(BadConfiguration):
    """There is no store yet."""

    code = "not_initialised"


class NoMasterKey(BadConfiguration):
    """The key that seals the stored secrets is missing or wrong."""

    code = "no_master_key"


class AlreadyRunning(BadConfiguration):
    """Another daemon owns the store."""

    code = "already_running"


class NewerStore(BadConfiguration):
    """A newer LoftBox wrote the store; this one would damage it."""

    code = "newer_store"


class DamagedStore(BadConfiguration):
    """The file is not a LoftBox store, or it is broken."""

    code = "damaged_store"

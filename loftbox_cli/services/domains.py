"""Domains: proving that they are yours, and looking whether they still are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loftbox_cli.core.address import parse_domain
from loftbox_cli.core.dkim_key import DkimKey
from loftbox_cli.core.dkim_rotation import KeyPhase, all_seen, may_go_at
from loftbox_cli.core.domain import Domain, Look, Review
from loftbox_cli.core.errors import AlreadyExists, BadInput, Conflict, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.header import check_text
from loftbox_cli.core.ids import DomainId, RequestId
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.records import Record, expected
from loftbox_cli.core.tag import return_path_host
from loftbox_cli.services.story import tell
from loftbox_cli.services.tx import DomainKey, Tx

_PHASES = (KeyPhase.SIGNING, KeyPhase.NEXT, KeyPhase.RETIRED)
LOOK_EVERY = timedelta(hours=24)
# While a look fails: its day of grace must not be over before anybody saw that DNS was mended.
LOOK_AT_FAILING_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewDomain:
    """What is made before the transaction: chance, and keys that take a second to make. Keys are sealed."""

    name: str
    token: str
    use_case: str
    keys: tuple[DkimKey, ...]


def check_name(name: str, use_case: str) -> str:
    """The domain's A-label form; raises BadInput. Call it before the keys are made."""
    check_text(use_case, field="use_case")
    domain = parse_domain(name.removesuffix("."), field="name")
    above = domain.partition(".")[2]
    if "." in above and domain == return_path_host(above):
        raise BadInput(
            f"{domain} is where the bounces of the domain above it arrive",
            fix="add that domain, or another name",
            field="name",
        )
    return domain


def add(tx: Tx, new: NewDomain, *, approved: bool, now: datetime) -> Domain:
    """Take a domain in, unverified. `approved` is the operator's standing approval of its use."""
    if tx.domains.find(name=new.name) is not None:
        raise AlreadyExists(
            f"domain {new.name} is there already", fix=f"loftbox domain records {new.name}", field="name"
        )
    domain = Domain(
        id=DomainId(tx.mint("dom")),
        name=new.name,
        token=new.token,
        use_case=new.use_case,
        review=Review.APPROVED if approved else Review.PENDING,
        owned=False,
        outbound=False,
        inbound=False,
        verified_at=None,
        checked_at=None,
        failing_since=None,
        findings=(),
        created_at=now,
    )
    tx.domains.add(domain)
    _add_keys(tx, domain, new.keys, KeyPhase.SIGNING, now)
    return domain


def _add_keys(tx: Tx, domain: Domain, keys: Sequence[DkimKey], phase: KeyPhase, now: datetime) -> None:
    for key in keys:
        tx.domain_keys.add(
            DomainKey(
                id=tx.mint("dky"),
                domain_id=domain.id,
                selector=key.selector,
                algorithm=key.algorithm,
                private=key.private,
                public=key.public,
                created_at=now,
                phase=phase,
                phase_since=now,
            )
        )


def keys(tx: Tx, domain: Domain) -> tuple[DomainKey, ...]:
    """Its DKIM keys: those that sign, then those that will, then those that did."""
    found = tx.domain_keys.all(domain_id=domain.id)
    return tuple(key for phase in _PHASES for key in found if key.phase is phase)


def check_may_rotate(tx: Tx, name: str) -> tuple[DomainKey, ...]:
    """The keys of a domain that could get others now; raises NotFound, and Conflict while others wait."""
    domain = find(tx, name)
    found = keys(tx, domain)
    if any(key.phase is KeyPhase.NEXT for key in found):
        raise Conflict(
            f"domain {domain.name} has keys already that wait for their records in DNS",
            fix=f"publish the records shown by: loftbox domain records {domain.name}",
        )
    return found


def rotate(tx: Tx, name: str, new: Sequence[DkimKey], *, request_id: RequestId, now: datetime) -> Domain:
    """Give a domain its next keys. They sign as soon as a look at DNS finds the records of all of them."""
    check_may_rotate(tx, name)
    domain = find(tx, name)
    _add_keys(tx, domain, new, KeyPhase.NEXT, now)
    selectors = [key.selector for key in new]
    detail = f"publish {', '.join(selectors)} of {domain.name}"
    _tell_keys(tx, EventType.DOMAIN_DKIM_PREPARED, domain, selectors, detail, request_id, now)
    return domain


def _turn_keys(tx: Tx, domain: Domain, request_id: RequestId, now: datetime) -> None:
    """Let the next keys sign once all their records were seen; forget those whose records may go."""
    found = keys(tx, domain)
    over = [key for key in found if (at := may_go_at(key.phase, key.phase_since)) is not None and at <= now]
    for key in over:
        tx.domain_keys.remove(id=key.id)
    if over:
        selectors = [key.selector for key in over]
        detail = f"take {', '.join(selectors)} of {domain.name} out of DNS"
        _tell_keys(tx, EventType.DOMAIN_DKIM_RETIRED, domain, selectors, detail, request_id, now)
    following = [key for key in found if key.phase is KeyPhase.NEXT]
    if not all_seen([key.selector for key in following], domain.findings):
        return
    former = [key for key in found if key.phase is KeyPhase.SIGNING]
    for phase, turned in ((KeyPhase.SIGNING, following), (KeyPhase.RETIRED, former)):
        for key in turned:
            tx.domain_keys.save(replace(key, phase=phase, phase_since=now))
    selectors = [key.selector for key in following]
    until = may_go_at(KeyPhase.RETIRED, now)
    detail = f"{', '.join(selectors)} of {domain.name}; the records before them may go on {until:%Y-%m-%d}"
    _tell_keys(tx, EventType.DOMAIN_DKIM_ROTATED, domain, selectors, detail, request_id, now)


def _tell_keys(
    tx: Tx,
    kind: EventType,
    domain: Domain,
    selectors: Sequence[str],
    detail: str,
    request_id: RequestId,
    now: datetime,
) -> None:
    data = {"domain_id": domain.id, "domain": domain.name, "selectors": list(selectors), "detail": detail}
    tell(tx, kind, request_id, now, data)


def find(tx: Tx, name: str) -> Domain:
    """The domain with this id or name; raises NotFound."""
    where = {"id": name} if name.startswith("dom_") else {"name": name.lower().removesuffix(".")}
    found = tx.domains.find(**where)
    if found is None:
        raise NotFound(
            f"{name} is not a domain of this gateway",
            fix="loftbox domain list shows what there is",
            field="domain",
        )
    return found


def page(tx: Tx, page: Page) -> PageOf[Domain]:
    """Domains, newest first."""
    return tx.domains.page(page)


def records(
    tx: Tx, domain: Domain, *, host: str, addresses: Sequence[str], dmarc_rua: str
) -> tuple[Record, ...]:
    """What the domain should publish."""
    found = keys(tx, domain)
    return expected(
        domain.name,
        token=domain.token,
        host=host,
        addresses=addresses,
        keys=[_published(key) for key in found if key.phase is KeyPhase.SIGNING],
        other_keys=[(_published(key), _why(key)) for key in found if key.phase is not KeyPhase.SIGNING],
        return_path_host=return_path_host(domain.name),
        dmarc_rua=dmarc_rua,
    )


def _published(key: DomainKey) -> DkimKey:
    return DkimKey(key.selector, key.algorithm, b"", key.public)


def _why(key: DomainKey) -> str:
    if (until := may_go_at(key.phase, key.phase_since)) is not None:
        return f"lets receivers check mail that is still under way; may go on {until:%Y-%m-%d}"
    return f"lets receivers check the {key.algorithm} signatures of the next key"


def looked(tx: Tx, domain_id: DomainId, look: Look, *, request_id: RequestId, now: datetime) -> Domain:
    """Take in one look at DNS; tells domain.verified or domain.failed when that changes the state."""
    before = tx.domains.get(domain_id)
    after = before.looked(look, now)
    tx.domains.save(after)
    _turn_keys(tx, after, request_id, now)
    # Time alone turns degraded into suspended, so the state before is that of the last look.
    if before.state(before.checked_at or now) is not after.state(now):
        kind = EventType.DOMAIN_VERIFIED if after.failing_since is None else EventType.DOMAIN_FAILED
        problems = [each.problem for each in after.findings if each.problem and each.required]
        tell(
            tx,
            kind,
            request_id,
            now,
            {
                "domain_id": after.id,
                "domain": after.name,
                "state": after.state(now).value,
                "problems": problems,
            },
        )
    return after


def due_for_a_look(tx: Tx, *, now: datetime) -> list[Domain]:
    """The verified domains that nobody looked at for a day, or for an hour where the last look failed."""
    return [
        domain
        for domain in tx.domains.all()
        if domain.verified_at is not None
        and (
            domain.checked_at is None
            or now - domain.checked_at
            >= (LOOK_EVERY if domain.failing_since is None else LOOK_AT_FAILING_EVERY)
        )
    ]


def review(tx: Tx, name: str, verdict: Review, *, request_id: RequestId, now: datetime) -> Domain:
    """Say what the operator thinks of the declared use; only an approved domain sends."""
    before = find(tx, name)
    after = replace(before, review=verdict)
    if after != before:
        tx.domains.save(after)
        tell(
            tx,
            EventType.DOMAIN_REVIEWED,
            request_id,
            now,
            {"domain_id": after.id, "domain": after.name, "review": verdict.value},
        )
    return after

"""What a gateway has before a test begins: a domain, an agent, two mailboxes, two keys.

The domain counts as verified without a question to DNS; the tests of the whole story
verify one as an operator does.
"""

from dataclasses import dataclass

from loftbox_cli.core.domain import Look
from loftbox_cli.core.key import Scope
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.edge.system.chance import secret_octets
from loftbox_cli.services import agents, domains, keys, mailboxes, persons, webhooks
from loftbox_cli.services.preparing import new_domain, new_secret
from loftbox_cli.wiring import LoftBox, system_user
from tests.serve.gateway import OPERATOR

DOMAIN = "example.test"
FREE = f"desk@{DOMAIN}"  # sends on its own
GATED = f"care@{DOMAIN}"  # each message waits for a person


@dataclass(frozen=True, slots=True)
class Keys:
    """The texts of the API keys."""

    agent: str
    operator: str


def prepare(loftbox: LoftBox) -> Keys:
    """Fill a new store."""
    store, now = loftbox.store, loftbox.clock.now()
    new = new_domain(
        DOMAIN,
        "answers to customers",
        signer=loftbox.signer,
        sealer=loftbox.sealer,
        chance=secret_octets,
        now=now,
    )
    domain = store.write(domains.add, new, approved=True, now=now)
    seen = Look(owned=True, outbound=True, inbound=True, findings=())
    store.write(domains.looked, domain.id, seen, request_id=loftbox.request_id(), now=now)
    agent = store.write(agents.create, name="bot", purpose="support", owner="Anna", now=now)
    for address, oversight in ((FREE, Oversight.AUTONOMOUS), (GATED, Oversight.GATED_ALL)):
        store.write(
            mailboxes.create,
            address=address,
            agent_id=agent.id,
            display_name="Example",
            oversight=oversight,
            metadata={},
            now=now,
        )
    operator = store.glance(persons.find, OPERATOR)
    return Keys(
        agent=_key(loftbox, agent.id, Scope.SEND, Scope.READ),
        operator=_key(loftbox, operator.id, Scope.READ, Scope.MANAGE, Scope.APPROVE),
    )


def _key(loftbox: LoftBox, owner_id: str, *scopes: Scope) -> str:
    made = loftbox.store.write(
        keys.create,
        owner_id=owner_id,
        name="",
        scopes=frozenset(scopes),
        secret=secret_octets(),
        expires_at=None,
        by=system_user(),
        request_id=loftbox.request_id(),
        now=loftbox.clock.now(),
    )
    return made.text


def add_webhook(loftbox: LoftBox, url: str, *events: str) -> str:
    """Register a URL; answers the secret that signs what goes there."""
    secret = new_secret(sealer=loftbox.sealer, chance=secret_octets)
    url, wanted = webhooks.check(url, events, networks=("127.0.0.0/8",))
    loftbox.store.write(
        webhooks.create, url=url, events=wanted, agent_id=None, sealed=secret.sealed, now=loftbox.clock.now()
    )
    return secret.text

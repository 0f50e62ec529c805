"""Domains, agents, mailboxes, persons and pauses: what may be made, and what may not."""

import pytest

from loftbox_cli.core.domain import DomainState, Review
from loftbox_cli.core.errors import AlreadyExists, BadAddress, BadInput, Conflict, NotAllowed, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import AgentId
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.person import Role
from loftbox_cli.services import agents, domains, mailboxes, pauses, persons, setup, status
from tests.services.house import ANNA, TAG_SECRET, House


def test_a_domain_is_added_unproven_with_its_keys(house: House) -> None:
    domain = house.domain(verified=False)
    assert domain.state(house.now) is DomainState.PENDING
    records = house.see(domains.records, domain, host="mx.example.net", addresses=["192.0.2.1"], dmarc_rua="")
    assert "loftbox1._domainkey.example.com" in {record.name for record in records}
    assert "bounce.example.com" in {record.name for record in records}


def test_a_domain_is_added_once(house: House) -> None:
    house.domain()
    new = domains.NewDomain("example.com", "token", "", ())
    house.refuses(AlreadyExists, domains.add, new, approved=True, now=house.now)


@pytest.mark.parametrize("name", ["example.com", "Example.COM.", "bouncer.example.com", "bounce.com"])
def test_a_domain_name_is_kept_as_its_a_label_in_lower_case(name: str) -> None:
    assert domains.check_name(name, "support") == name.lower().removesuffix(".")


@pytest.mark.parametrize("name", ["", "com", "bad..example.com", "-a.example.com", "192.0.2.1"])
def test_what_is_no_domain_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        domains.check_name(name, "support")


def test_the_host_of_the_bounces_is_no_domain_of_its_own() -> None:
    with pytest.raises(BadInput, match="bounces") as caught:
        domains.check_name("bounce.example.com", "support")
    assert caught.value.field == "name"


def test_a_domain_is_found_by_id_and_by_name_in_any_case(house: House) -> None:
    domain = house.domain()
    for name in (domain.id, "example.com", "EXAMPLE.com."):
        assert house.see(domains.find, name) == domain
    house.refuses(NotFound, domains.find, "example.net")


def test_a_change_of_state_is_told_once(house: House) -> None:
    domain = house.domain()
    house.look(domain)
    assert len(house.told(EventType.DOMAIN_VERIFIED)) == 1
    house.look(domain, outbound=False)
    house.look(domain, outbound=False)
    assert [event.data["state"] for event in house.told(EventType.DOMAIN_FAILED)] == ["degraded"]
    house.look(domain)
    assert len(house.told(EventType.DOMAIN_VERIFIED)) == 2


def test_that_the_day_of_grace_is_over_is_told_at_the_next_look(house: House) -> None:
    domain = house.domain()
    house.look(domain, outbound=False)
    house.clock.advance(hours=24)
    house.look(domain, outbound=False)
    told = house.told(EventType.DOMAIN_FAILED)
    assert [event.data["state"] for event in told] == ["degraded", "suspended"]
    house.clock.advance(hours=24)
    house.look(domain, outbound=False)
    assert len(house.told(EventType.DOMAIN_FAILED)) == 2


def test_a_dns_that_did_not_answer_tells_nothing(house: House) -> None:
    domain = house.domain()
    before = len(house.told())
    after = house.look(domain, owned=None, outbound=None)
    assert after.state(house.now) is DomainState.VERIFIED
    assert len(house.told()) == before


def test_a_verified_domain_is_due_for_a_look_a_day_after_the_last(house: House) -> None:
    house.domain("pending.example", verified=False)
    domain = house.domain()
    house.clock.advance(hours=23, minutes=59)
    assert house.see(domains.due_for_a_look, now=house.now) == []
    house.clock.advance(minutes=1)
    assert [each.id for each in house.see(domains.due_for_a_look, now=house.now)] == [domain.id]


def test_a_domain_whose_look_failed_is_looked_at_every_hour_and_sends_on_when_it_is_mended(
    house: House,
) -> None:
    domain = house.look(house.domain(), outbound=False)
    house.clock.advance(minutes=59)
    assert house.see(domains.due_for_a_look, now=house.now) == []
    house.clock.advance(minutes=1)
    assert [each.id for each in house.see(domains.due_for_a_look, now=house.now)] == [domain.id]
    house.look(domain)
    house.clock.advance(hours=23, minutes=59)
    assert house.see(domains.due_for_a_look, now=house.now) == []
    assert house.see(domains.find, domain.id).may_send(house.now)


def test_a_review_is_told_when_it_changes_something(house: House) -> None:
    domain = house.domain(approved=False)
    assert domain.review is Review.PENDING
    for _ in range(2):
        house.do(domains.review, domain.name, Review.APPROVED, request_id=house.request(), now=house.now)
    assert [event.data["review"] for event in house.told(EventType.DOMAIN_REVIEWED)] == ["approved"]


def create(house: House, kind: type[BadInput | NotFound | Conflict], address: str, **changed: object) -> str:
    """Try to make a mailbox, and answer the field that was at fault."""
    given: dict[str, object] = {
        "agent_id": house.see(lambda tx: tx.agents.all())[0].id,
        "display_name": "Help",
        "oversight": Oversight.GATED_ALL,
        "metadata": {},
        "now": house.now,
    }
    return house.refuses(kind, mailboxes.create, address=address, **given | changed).field  # type: ignore[arg-type]  # one is wrong on purpose


def test_a_mailbox_stands_on_a_proven_domain_and_has_a_free_name_of_its_own(house: House) -> None:
    house.mailbox()
    house.domain("pending.example", verified=False)
    assert create(house, NotFound, "help@example.net") == "address"
    create(house, Conflict, "help@pending.example")
    create(house, NotFound, "help@bounce.example.com")
    for reserved in ("postmaster", "Abuse", "mailer-daemon", "help+tag"):
        assert create(house, BadInput, f"{reserved}@example.com") == "address"
    create(house, NotFound, "new@example.com", agent_id=AgentId("agent_0000000000000000"))
    assert create(house, BadInput, "new@example.com", display_name="two\r\nlines") == "display_name"
    assert create(house, BadInput, "new@example.com", metadata={"a": "b\x00"}) == "metadata"


@pytest.mark.parametrize("address", ["help@example.com", "HELP@example.com"])
def test_an_address_is_given_once(house: House, address: str) -> None:
    house.mailbox()
    house.refuses(
        AlreadyExists,
        mailboxes.create,
        address=address,
        agent_id=house.agent().id,
        display_name="",
        oversight=Oversight.GATED_ALL,
        metadata={},
        now=house.now,
    )


def test_what_is_no_address_is_no_mailbox(house: House) -> None:
    house.mailbox()
    for address in ("help", "@example.com", '"a b"@example.com', "help@example.com\n"):
        assert create(house, BadAddress, address) == "address"


def test_the_oversight_of_a_mailbox_can_be_changed_but_not_that_of_the_operator(house: House) -> None:
    mailbox = house.mailbox()
    assert house.oversee(mailbox, Oversight.GATED_ALL).oversight is Oversight.GATED_ALL
    for error, name, by in (
        (Conflict, house.operator.id, ANNA),
        (NotAllowed, mailbox.id, house.sender(mailbox)),
    ):
        house.refuses(
            error,
            mailboxes.oversee,
            name,
            Oversight.AUTONOMOUS,
            by=by,
            why="",
            request_id=house.request(),
            now=house.now,
        )


def test_names_of_agents_and_persons_are_taken_once(house: House) -> None:
    house.agent("bot")
    error = house.refuses(AlreadyExists, agents.create, name="bot", purpose="", owner="", now=house.now)
    assert error.field == "name"
    assert error.fact == "another agent has this name already: bot"
    for name, address, field in (("Anna", "new@peer.test", "name"), ("New", "anna@peer.test", "address")):
        refused = house.refuses(
            AlreadyExists,
            persons.create,
            name=name,
            address=address,
            role=Role.APPROVER,
            system_user="",
            **house.by(),
        )
        assert refused.field == field


def test_a_person_is_found_by_id_address_and_name(house: House) -> None:
    for name in ("Anna", "anna@peer.test"):
        assert house.see(persons.find, name).name == "Anna"
    house.refuses(NotFound, persons.find, "Berta")


def test_pausing_twice_keeps_the_first_and_tells_it_once(house: House) -> None:
    mailbox = house.mailbox()
    for why in ("first", "second"):
        paused = house.do(
            pauses.pause,
            PauseScope.MAILBOX,
            mailbox.address,
            by=ANNA,
            why=why,
            request_id=house.request(),
            now=house.now,
        )
        assert paused.why == "first"
    assert len(house.told(EventType.MAILBOX_PAUSED)) == 1
    assert house.see(lambda tx: tx.pauses.all()) == [paused]


@pytest.mark.parametrize("scope", [PauseScope.MAILBOX, PauseScope.AGENT, PauseScope.DOMAIN])
def test_what_does_not_exist_cannot_be_paused(house: House, scope: PauseScope) -> None:
    house.refuses(
        NotFound, pauses.pause, scope, "nothing", by=ANNA, why="", request_id=house.request(), now=house.now
    )


def test_what_is_not_paused_cannot_be_resumed(house: House) -> None:
    error = house.refuses(
        NotFound,
        pauses.resume,
        PauseScope.GATEWAY,
        "gateway",
        by=ANNA,
        request_id=house.request(),
        now=house.now,
    )
    assert error.fact == "the gateway is not paused"


def test_a_new_store_knows_its_operator_and_keeps_its_secret_as_it_was_given(house: House) -> None:
    assert house.see(setup.sealed_tag_secret) == TAG_SECRET
    assert house.operator.agent_id is None


def test_the_daemon_says_what_it_serves_and_takes_its_word_back(house: House) -> None:
    house.do(setup.serving, '{"http": "127.0.0.1:8025"}')
    house.do(setup.serving, '{"http": "127.0.0.1:8026"}')
    assert house.see(status.status, now=house.now).serving == '{"http": "127.0.0.1:8026"}'
    house.do(setup.serving, "")
    assert house.see(status.status, now=house.now).serving == ""


def test_the_status_counts_what_waits(house: House) -> None:
    gated = house.mailbox("gated@example.com", oversight=Oversight.GATED_ALL)
    house.send(gated)
    house.send(house.mailbox("free@example.com"), "a@peer.test", "b@peer.test")
    house.claim(1)
    found = house.see(status.status, now=house.now)
    assert (found.agents, found.mailboxes, found.messages) == (2, 3, 2)
    assert (found.held, found.queued, found.sending, found.uncertain) == (1, 1, 1, 0)
    assert found.next_at == house.now

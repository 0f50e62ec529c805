import pytest

from loftbox_cli.core import tag
from loftbox_cli.core.errors import NotFound, UnknownDomain, UnknownRecipient
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.services import domains
from loftbox_cli.services.recipients import find_mailbox, find_recipient
from loftbox_cli.services.tx import EVERYTHING, Viewer
from tests.services.house import TAG_SECRET, House


def find(house: House, address: str) -> Mailbox:
    return house.see(find_recipient, address, tag_secret=TAG_SECRET)


@pytest.mark.rule("I34")
@pytest.mark.parametrize(
    "address",
    [
        "help@example.com",
        "HELP@Example.COM",
        "help+order-4711@example.com",
        "Help+a+b@example.com",
        "help+@example.com",
    ],
)
def test_a_mailbox_is_reached_by_any_case_and_any_subaddress(house: House, address: str) -> None:
    mailbox = house.mailbox()
    assert find(house, address) == mailbox


@pytest.mark.rule("I2")
@pytest.mark.parametrize(
    "address",
    [
        "postmaster@example.com",
        "abuse@example.com",
        "mailer-daemon@example.com",
        "PostMaster@EXAMPLE.com",
        "abuse+report@example.com",
        "postmaster@bounce.example.com",
        "postmaster",
        "Postmaster",
    ],
)
def test_the_names_that_reach_people_reach_the_operator(house: House, address: str) -> None:
    house.domain()
    assert find(house, address) == house.operator


@pytest.mark.rule("I19")
@pytest.mark.parametrize(
    "address",
    [
        "nobody@example.com",
        "+help@example.com",
        "help.@example.com",
        "bounce@example.com",
        "abuse",
        "help",
        "",
    ],
)
def test_a_name_that_nobody_has_is_an_unknown_recipient(house: House, address: str) -> None:
    house.mailbox()
    house.refuses(UnknownRecipient, find_recipient, address, tag_secret=TAG_SECRET)


@pytest.mark.rule("I19")
@pytest.mark.parametrize(
    "address",
    [
        "help@example.net",
        "postmaster@example.net",
        "help@sub.example.com",
        "help@bounce.example.net",
        "help@bounce.bounce.example.com",
        "help%peer.test@example.net",
        "help@example.com@peer.test",
    ],
)
def test_a_domain_that_is_not_ours_is_no_relay(house: House, address: str) -> None:
    house.mailbox()
    house.refuses(UnknownDomain, find_recipient, address, tag_secret=TAG_SECRET)


def test_a_domain_receives_nothing_before_it_was_proven(house: House) -> None:
    house.domain(verified=False)
    house.refuses(UnknownDomain, find_recipient, "postmaster@example.com", tag_secret=TAG_SECRET)


def test_a_domain_that_fails_its_looks_goes_on_receiving(house: House) -> None:
    mailbox = house.mailbox()
    house.look(house.see(domains.find, "example.com"), owned=False, outbound=False)
    assert find(house, "help@example.com") == mailbox


def test_a_bounce_reaches_the_mailbox_whose_message_it_is_about(house: House) -> None:
    mailbox = house.mailbox()
    house.mailbox("other@example.com")
    path = house.send(mailbox).message.mail_from
    assert find(house, path) == mailbox
    assert find(house, path.upper()) == mailbox


@pytest.mark.rule("I19")
def test_a_return_path_that_was_not_signed_here_is_nobody(house: House) -> None:
    mailbox = house.mailbox()
    path = house.send(mailbox).message.mail_from
    local, _, host = path.partition("@")
    name, _, signature = local.partition(".")
    forged = [
        tag.return_path(house.send(mailbox).message.id, "example.com", b"another secret"),
        f"{name}.{signature[::-1]}@{host}",
        f"{name}@{host}",
        f"{local}+tag@{host}",
        f"help@{host}",
        f"{local}@example.com",
        tag.return_path(MessageId("msg_0000000000000000"), "example.com", TAG_SECRET),
    ]
    for address in forged:
        house.refuses(UnknownRecipient, find_recipient, address, tag_secret=TAG_SECRET)


def test_a_mailbox_is_found_by_id_and_by_address(house: House) -> None:
    mailbox = house.mailbox()
    for name in (mailbox.id, mailbox.address, "HELP@example.com"):
        assert house.see(find_mailbox, name, EVERYTHING) == mailbox


def test_a_foreign_mailbox_and_one_that_does_not_exist_look_alike(house: House) -> None:
    mine, foreign = house.mailbox("mine@example.com"), house.mailbox("foreign@example.com")
    errors = [
        house.refuses(NotFound, find_mailbox, name, Viewer(mine.agent_id))
        for name in (foreign.address, "nobody@example.com", house.operator.address)
    ]
    assert {error.fact.split()[:-1] == ["there", "is", "no", "mailbox"] for error in errors} == {True}
    assert len({(error.fix, error.field) for error in errors}) == 1


def test_a_domain_of_two_labels_may_be_called_bounce(house: House) -> None:
    mailbox = house.mailbox("help@bounce.com")
    assert find(house, "help+tag@bounce.com") == mailbox
    assert find(house, "postmaster@bounce.com") == house.operator

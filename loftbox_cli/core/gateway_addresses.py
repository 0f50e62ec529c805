"""The addresses that mail leaves from: the configured ones, else those that DNS has for the mail host."""

from loftbox_cli.core.dns import Known, Question
from loftbox_cli.core.finding import answer_to, values_of
from loftbox_cli.core.records import Gateway

KINDS = ("A", "AAAA")


def host_questions(gateway: Gateway) -> tuple[Question, ...]:
    """Ask for the addresses of the mail host."""
    return tuple((gateway.host, kind) for kind in KINDS)


def host_addresses(gateway: Gateway, known: Known) -> tuple[str, ...]:
    """The addresses that DNS has for the mail host."""
    return tuple(
        found for question in host_questions(gateway) for found in values_of(answer_to(known, question))
    )


def sending_addresses(gateway: Gateway, known: Known) -> tuple[str, ...]:
    """The addresses that mail leaves from, as far as they are known."""
    return gateway.addresses or host_addresses(gateway, known)

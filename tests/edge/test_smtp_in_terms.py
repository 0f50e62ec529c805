"""What the SMTP door grants to everybody when nobody says otherwise."""

import pytest

from loftbox_cli.edge.smtp_in.terms import USUAL


@pytest.mark.rule("I5")
def test_nobody_has_less_time_than_the_standard_asks() -> None:
    assert USUAL.command_seconds >= 5 * 60  # RFC 5321 section 4.5.3.2.7
    assert USUAL.block_seconds >= 3 * 60  # RFC 5321 section 4.5.3.2.5


@pytest.mark.rule("I4")
def test_a_transaction_may_have_as_many_recipients_as_the_standard_asks() -> None:
    assert USUAL.recipients >= 100  # RFC 5321 section 4.5.3.1.8

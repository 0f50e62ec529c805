"""The secrets of a link."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.ids import ApprovalId, PersonId
from loftbox_cli.core.link import OCTETS, is_secret, new_link, read_code

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SIXTEEN = st.binary(min_size=OCTETS, max_size=OCTETS)


@given(SIXTEEN, SIXTEEN)
def test_a_link_is_opened_by_its_code_alone_and_keeps_neither(look: bytes, code: bytes) -> None:
    new = new_link(look, code)
    kept = new.stored(ApprovalId("apr_1"), 1, PersonId("per_1"), NOW)
    assert is_secret(new.look)
    assert kept.opens(new.code)
    assert kept.opens(f" {new.code[:9]}-{new.code[9:].upper()}\n")
    assert not kept.opens(new.look + new.code)
    assert new.code not in repr(kept)
    assert new.look not in repr(kept)


def test_what_is_behind_the_number_sign_stays_in_the_browser() -> None:
    new = new_link(bytes(OCTETS), b"\xff" * OCTETS)
    assert new.url("https://mail.example.com") == f"https://mail.example.com/approve/{new.look}#{new.code}"


@given(st.text())
def test_any_code_is_read_to_something_that_opens_nothing(text: str) -> None:
    kept = new_link(bytes(OCTETS), b"\x01" * OCTETS).stored(ApprovalId("apr_1"), 1, PersonId("per_1"), NOW)
    assert not kept.opens(text)
    assert not is_secret(text) or len(text) == 26
    read_code(text)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.address import parse_address
from loftbox_cli.core.ids import ALPHABET, MessageId, spell
from loftbox_cli.core.tag import read_return_path, return_path, rfc_message_id
from loftbox_cli.core.threading import is_message_id

SECRET = b"tag secret of thirty-two octets."
MESSAGE = MessageId(spell("msg", 1_795_254_062_000, 4711))
PATH = return_path(MESSAGE, "example.com", SECRET)
LOCAL = PATH.partition("@")[0]
IDS = st.builds(
    lambda at, tail: MessageId(spell("msg", at, tail)), st.integers(0, 2**48 - 1), st.integers(0, 2**32 - 1)
)


@given(IDS)
def test_a_return_path_and_a_message_id_come_back_as_the_message_they_name(message_id: MessageId) -> None:
    path = return_path(message_id, "example.com", SECRET)
    local, _, host = path.partition("@")
    assert host == "bounce.example.com"
    assert len(local) <= 64
    assert str(parse_address(path)) == path
    assert read_return_path(local, SECRET) == message_id
    named = rfc_message_id(message_id, "example.com", SECRET)
    assert is_message_id(named)


def test_a_return_path_survives_a_peer_that_changes_its_case() -> None:
    assert read_return_path(LOCAL.upper(), SECRET) == MESSAGE


@pytest.mark.parametrize("place", range(len(LOCAL)))
def test_a_return_path_with_one_changed_character_is_not_ours(place: int) -> None:
    for character in (*ALPHABET, "."):
        if character != LOCAL[place]:
            assert read_return_path(LOCAL[:place] + character + LOCAL[place + 1 :], SECRET) is None


def test_a_tag_is_bound_to_its_purpose_and_to_the_secret() -> None:
    named = rfc_message_id(MESSAGE, "example.com", SECRET)
    assert read_return_path(named[1:].partition("@")[0], SECRET) is None
    assert read_return_path(LOCAL, b"another secret") is None


@given(st.text())
def test_any_other_text_names_no_message_of_ours(text: str) -> None:
    assert read_return_path(text, SECRET) is None


def test_two_messages_have_two_tags() -> None:
    other = MessageId(spell("msg", 1_795_254_062_000, 4712))
    signature = LOCAL.partition(".")[2]
    assert read_return_path(f"{other.removeprefix('msg_')}.{signature}", SECRET) is None

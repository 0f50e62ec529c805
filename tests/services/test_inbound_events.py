"""The event of a mail that came in holds what an agent needs, and stays small."""

import pytest

from loftbox_cli.core.canonical import canonical
from loftbox_cli.core.events import EventType, envelope
from loftbox_cli.core.inbound_event import TEXTS
from loftbox_cli.core.webhook_signature import LARGEST_BODY
from tests.services.house import House, letter


def told(house: House, **texts: str) -> dict[str, object]:
    house.mailbox()
    (message,) = house.receive("help@example.com", reading=letter(**texts))
    (event,) = house.told(EventType.MESSAGE_RECEIVED)
    assert len(canonical(envelope(event))) <= LARGEST_BODY
    assert event.data.get("url", f"/v1/messages/{message.id}") == f"/v1/messages/{message.id}"
    return dict(event.data)


def test_texts_that_fit_are_told_whole(house: House) -> None:
    data = told(house, text="a" * 1_000, html="b" * 100_000)
    assert (data["text"], data["html"]) == ("a" * 1_000, "b" * 100_000)
    assert "truncated" not in data


@pytest.mark.parametrize("large", ["b" * (TEXTS + 1), "ü" * (TEXTS // 2 + 1), "日" * (20 * 1024 * 1024 // 3)])
def test_a_text_that_is_too_large_is_left_to_the_message_and_the_others_stay(
    house: House, large: str
) -> None:
    data = told(house, reply_text="short", text="short\n> quoted", html=large)
    assert (data["reply_text"], data["text"], data["html"]) == ("short", "short\n> quoted", "")
    assert data["truncated"] is True


def test_the_reply_goes_before_the_rest(house: House) -> None:
    half = "a" * (TEXTS // 2)
    data = told(house, text=half + "b", html=half, reply_text=half)
    assert (data["reply_text"], data["text"], data["html"]) == (half, "", half)

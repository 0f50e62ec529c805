import itertools
from dataclasses import fields
from typing import Any

import pytest

from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.message import Message, MessageState, state_of

D = DeliveryState


def message(state: MessageState) -> Message:
    given: dict[str, Any] = {field.name: None for field in fields(Message)}
    return Message(**given | {"state": state})


@pytest.mark.parametrize("state", [each for each in MessageState if each is not MessageState.RELEASED])
def test_a_message_that_was_not_released_shows_its_own_state(state: MessageState) -> None:
    assert state_of(message(state), []) == state.value


@pytest.mark.parametrize(
    ("deliveries", "word"),
    [
        ([D.QUEUED], "queued"),
        ([D.UNCERTAIN], "queued"),
        ([D.SENDING], "sending"),
        ([D.DELIVERED], "delivered"),
        ([D.FAILED], "failed"),
        ([D.DELIVERED, D.DELIVERED], "delivered"),
        ([D.DELIVERED, D.FAILED], "partly_delivered"),
        ([D.DELIVERED, D.QUEUED], "queued"),
        ([D.DELIVERED, D.QUEUED, D.SENDING], "sending"),
        ([D.FAILED, D.EXPIRED], "failed"),
        ([D.BOUNCED], "failed"),
        ([D.BOUNCED, D.DELIVERED], "partly_delivered"),
        ([D.COMPLAINED], "delivered"),
        ([D.BOUNCED, D.COMPLAINED], "partly_delivered"),
    ],
)
def test_a_released_message_shows_what_its_deliveries_add_up_to(
    deliveries: list[DeliveryState], word: str
) -> None:
    assert state_of(message(MessageState.RELEASED), deliveries) == word


@pytest.mark.parametrize("deliveries", list(itertools.combinations_with_replacement(D, 2)))
def test_no_pair_of_deliveries_is_left_without_a_word(deliveries: tuple[DeliveryState, ...]) -> None:
    words = {"queued", "sending", "delivered", "partly_delivered", "failed", "canceled", "expired"}
    assert state_of(message(MessageState.RELEASED), deliveries) in words
    assert state_of(message(MessageState.RELEASED), deliveries[::-1]) == state_of(
        message(MessageState.RELEASED), deliveries
    )

"""An option that is given again adds up or is refused: none is forgotten without a word."""

import json

import pytest

from tests.cli.session_world import SessionWorld


@pytest.fixture
def _gateway(world: SessionWorld) -> None:
    world.type("loftbox init --hostname mx.example.com --operator anna@example.com --name Anna")
    for verb in ("pause", "resume"):
        world.type(f"loftbox {verb} gateway")
    world.type("loftbox queue pause slow.example")


@pytest.mark.usefixtures("_gateway")
def test_types_of_events_add_up(world: SessionWorld) -> None:
    lines, code = world.type("loftbox logs --type gateway.paused --type gateway.resumed --jsonl")
    assert code == 0
    assert [json.loads(line)["type"] for line in lines.splitlines()] == ["gateway.paused", "gateway.resumed"]
    screen, code = world.type("loftbox logs --type gateway.paused --type gateway.pawsed")
    assert (code, "there is no event type gateway.pawsed" in screen) == (2, True)


@pytest.mark.usefixtures("_gateway")
@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("queue list --state queued --state uncertain", "--state"),
        ("queue list --destination a.example --destination b.example", "--destination"),
        ("message list --mailbox a@example.com --mailbox b@example.com", "--mailbox"),
        ("logs --since 1h --since 2h", "--since"),
        ("pause gateway --why one --why another", "--why"),
        ("--config a.toml --config b.toml status", "--config"),
    ],
)
def test_an_option_that_takes_one_value_is_not_given_two(world: SessionWorld, line: str, option: str) -> None:
    screen, code = world.type(f"loftbox {line}")
    assert (code, f"{option} is given 2 times: give it once" in screen) == (2, True), screen


@pytest.mark.usefixtures("_gateway")
def test_a_flag_may_be_repeated(world: SessionWorld) -> None:
    assert world.type("loftbox logs --json --json")[1] == 0


@pytest.mark.usefixtures("_gateway")
def test_explaining_a_message_that_came_in_says_so_on_a_screen_and_in_a_pipe(world: SessionWorld) -> None:
    with world._house() as house:
        (message,) = house.receive("postmaster")
    for command in (f"loftbox message explain {message.id}", f"loftbox message explain {message.id} | cat"):
        screen, code = world.type(command)
        assert code == 0
        assert f"message {message.id} came in: it has no delivery that could be explained" in screen
    document, _ = world.type(f"loftbox message explain {message.id} --json")
    assert json.loads(document)["data"] == []

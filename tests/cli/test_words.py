import pytest

from loftbox_cli.cli.words import one_of, pairs
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.pause import PauseScope


def test_a_word_of_a_closed_list_is_taken() -> None:
    assert one_of(PauseScope, "agent", field="scope") is PauseScope.AGENT


@pytest.mark.parametrize(
    ("word", "fix"),
    [
        ("agnet", "did you mean agent?"),
        ("xyzzy", "it is one of: gateway, domain, agent, mailbox, destination"),
    ],
)
def test_another_word_is_refused_with_what_was_meant(word: str, fix: str) -> None:
    with pytest.raises(BadInput) as caught:
        one_of(PauseScope, word, field="scope")
    assert (caught.value.fix, caught.value.field) == (fix, "scope")


def test_a_pair_is_cut_at_its_first_equals_sign() -> None:
    assert pairs(["a=b=c", "d="], field="--metadata") == (("a", "b=c"), ("d", ""))


@pytest.mark.parametrize("given", [["a"], ["=a"], [""], ["a=1", "a=2"]])
def test_what_is_no_pair_or_comes_twice_is_refused(given: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        pairs(given, field="--metadata")
    assert caught.value.field == "--metadata"

"""The table from errors to SMTP replies is complete, and its codes agree with each other."""

import re

import pytest

from loftbox_cli.core import errors
from loftbox_cli.core.errors import LoftBoxError
from loftbox_cli.edge.smtp_in import replies
from loftbox_cli.edge.smtp_in.replies import REPLIES, reply_for


def below(kind: type[LoftBoxError]) -> list[type[LoftBoxError]]:
    # Tests of other rooms may have made classes of their own.
    ours = [child for child in kind.__subclasses__() if child.__module__ == errors.__name__]
    return [each for child in ours for each in (child, *below(child))]


@pytest.mark.parametrize("kind", LoftBoxError.__subclasses__())
def test_each_branch_of_the_errors_has_a_row_of_its_own(kind: type[LoftBoxError]) -> None:
    assert kind in REPLIES


@pytest.mark.parametrize("kind", below(LoftBoxError))
def test_each_error_has_its_own_row_or_that_of_its_nearest_parent(kind: type[LoftBoxError]) -> None:
    error = kind("the secret fact", fix="the secret fix")
    row = next(REPLIES[each] for each in kind.__mro__ if each in REPLIES)
    assert reply_for(error) == row
    assert "secret" not in row


@pytest.mark.rule("A5")
@pytest.mark.rule("I20")
@pytest.mark.parametrize("kind", [errors.TryLater, errors.BadConfiguration, errors.Conflict])
def test_what_is_our_own_trouble_is_never_final_for_the_peer(kind: type[LoftBoxError]) -> None:
    assert all(reply_for(each("x")).startswith("4") for each in (kind, *below(kind)))


@pytest.mark.rule("I6")
def test_each_reply_has_an_enhanced_code_of_its_own_class() -> None:
    named = {word for name, word in vars(replies).items() if name.isupper() and isinstance(word, str)}
    for reply in {*named, *REPLIES.values()} - {replies.GO_AHEAD}:
        form = re.fullmatch(r"([245])\d\d ([245])\.\d{1,3}\.\d{1,3} [ -~]+", reply)
        assert form is not None, reply
        assert form[1] == form[2]
        assert len(reply) <= 510  # RFC 5321 section 4.5.3.1.5, without its CRLF

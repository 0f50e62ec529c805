"""Which messages belong together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.threading import (
    MAX_ANCESTORS,
    ancestors,
    base_subject,
    is_message_id,
    references_for_reply,
    trimmed,
)

IDS = [f"<{n}@x>" for n in range(30)]


def test_the_answered_message_is_looked_up_first_and_then_the_newest() -> None:
    assert ancestors(["<3@x>"], ["<1@x>", "<2@x>", "<3@x>"]) == ("<3@x>", "<2@x>", "<1@x>")
    assert ancestors([], ["<1@x>", "<2@x>"]) == ("<2@x>", "<1@x>")
    assert ancestors([], []) == ()


def test_a_hostile_list_of_ancestors_is_cut() -> None:
    assert len(ancestors([], [f"<{n}@x>" for n in range(10_000)])) == MAX_ANCESTORS


@pytest.mark.rule("O22")
def test_an_answer_refers_to_the_parent_and_to_what_the_parent_referred_to() -> None:
    assert references_for_reply("<3@x>", ["<1@x>", "<2@x>"], ["<2@x>"]) == ("<1@x>", "<2@x>", "<3@x>")
    assert references_for_reply("<3@x>", [], ["<2@x>"]) == ("<2@x>", "<3@x>")
    assert references_for_reply("<3@x>", [], ["<1@x>", "<2@x>"]) == ("<3@x>",)
    assert references_for_reply("<3@x>", ["<3@x>", "<1@x>"], []) == ("<1@x>", "<3@x>")
    assert references_for_reply("", ["<1@x>"], []) == ("<1@x>",)


@pytest.mark.rule("O22")
def test_of_too_many_references_the_root_and_the_newest_stay() -> None:
    assert trimmed(IDS) == (IDS[0], *IDS[-19:])


@given(st.lists(st.text(max_size=20) | st.sampled_from(IDS), max_size=40))
def test_what_is_written_is_always_writable(ids: list[str]) -> None:
    kept = trimmed(ids)
    assert len(kept) <= 20
    assert len(set(kept)) == len(kept)
    assert all(is_message_id(one) for one in kept)


@pytest.mark.parametrize("text", ["", "<>", "a@b", "<a b@c>", "<a@b", "<a\r\n@b>", "<é@b>", "<<a@b>>"])
def test_what_is_no_message_id_is_not_taken_for_one(text: str) -> None:
    assert not is_message_id(text)


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Invoice 42", "Invoice 42"),
        ("Re: Invoice 42", "Invoice 42"),
        ("RE: Fwd: re[2]: Invoice  42", "Invoice 42"),
        ("[team] Re: [team] Invoice 42", "Invoice 42"),
        ("Re: [team] Invoice 42 (fwd) (FWD)", "Invoice 42"),
        ("[Fwd: Re: Invoice 42]", "Invoice 42"),
        ("AW: WG: Rechnung 42", "Rechnung 42"),
        ("Regarding: Invoice", "Regarding: Invoice"),
        ("[team]", "[team]"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_the_base_subject_is_what_answering_did_not_add(subject: str, base: str) -> None:
    assert base_subject(subject) == base


@given(st.text(alphabet="re:fwd[]() x", max_size=200) | st.text(max_size=100))
def test_the_base_subject_of_any_text_is_part_of_it(subject: str) -> None:
    assert base_subject(subject) in " ".join(subject.split())


@pytest.mark.parametrize("piece", ["re: ", "[fwd: ", "[a] ", " (fwd)", "["])
def test_a_subject_of_64_kib_is_read_in_bounded_steps(piece: str) -> None:
    assert len(base_subject(piece * 10_000)) < 1_000

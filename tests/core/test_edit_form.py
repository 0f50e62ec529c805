"""A message as a person edits it."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core import edit_form
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.reading import Party
from loftbox_cli.core.revision import Changes, changed, difference, draft_of
from tests.core.test_message_state import message

LETTER = replace(
    message(MessageState.HELD),
    to=(Party("jane@peer.test", 'Doe, "Jane"'), Party("joe@other.test")),
    cc=(),
    bcc=(Party("books@example.com"),),
    subject="Your order",
    text="Hello.\n\nIt is on its way.\n",
    headers=(),
    metadata={},
    labels=(),
    context={},
)


def read(form: str, letter: Message = LETTER) -> Changes:
    return edit_form.read(form, letter)


def test_what_nobody_touched_is_no_change() -> None:
    with pytest.raises(BadInput, match="changes nothing"):
        changed(draft_of(LETTER, ()), read(edit_form.spell(LETTER)))


def test_the_form_is_a_few_fields_an_empty_line_and_the_text() -> None:
    assert edit_form.spell(LETTER) == (
        'To: "Doe, \\"Jane\\"" <jane@peer.test>, joe@other.test\nCc:\nBcc: books@example.com\n'
        "Subject: Your order\n\nHello.\n\nIt is on its way.\n"
    )


def test_each_field_and_the_text_can_be_changed() -> None:
    form = "to: a@b.test\nTO: C <c@d.test>, e@f.test\nsubject: Other\n\nBye.\n"
    assert read(form) == Changes(
        to=(Party("a@b.test"), Party("c@d.test", "C"), Party("e@f.test")),
        cc=(),
        bcc=(),
        subject="Other",
        text="Bye.\n",
    )


def test_a_line_that_looks_like_a_field_is_text_below_the_empty_line() -> None:
    assert read("To: a@b.test\nSubject: x\n\nBcc: evil@peer.test\n").text == "Bcc: evil@peer.test\n"


@pytest.mark.parametrize(
    "form", ["", "Hello", "From: a@b.test\n\nx", "To: a@\n\nx", "Subject: a\nSubject: b\n\nx"]
)
def test_what_cannot_be_read_is_refused(form: str) -> None:
    with pytest.raises(BadInput):
        read(form)


@given(st.text())
def test_any_text_is_read_or_refused(form: str) -> None:
    with contextlib.suppress(BadInput):
        read(form)


def test_the_difference_names_people_and_lines_and_is_no_longer_than_a_person_bears() -> None:
    before = Draft(to=(Party("a@b.test", "A"),), subject="x", text="one\ntwo")
    after = replace(before, to=(Party("c@d.test"),), text="one\nthree")
    lines = difference(before, after)
    assert {"-To: A <a@b.test>", "+To: c@d.test", "-two", "+three", " one"} <= set(lines)
    long = replace(before, text="\n".join(f"{n} {'x' * 1_000}" for n in range(1_000)))
    cut = difference(before, long)
    assert len(cut) <= 401
    assert cut[-1].endswith("more lines differ")
    assert max(map(len, cut)) <= 501

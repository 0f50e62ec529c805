"""Looking for words in stored mail: what is found, by whom, and what is never a language."""

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loftbox_cli.core.errors import BadInput, NotFound
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import Direction, Message
from loftbox_cli.core.page import Page
from loftbox_cli.core.reading import Party
from loftbox_cli.core.search import MAX_QUESTION, MAX_TEXT, MAX_WORDS
from loftbox_cli.edge.store import file
from loftbox_cli.services import messages
from loftbox_cli.services.messages import Wanted
from loftbox_cli.services.tx import EVERYTHING, Viewer
from tests.services.house import House, letter

HELP = "help@example.com"


@pytest.fixture(autouse=True)
def mailbox(house: House) -> Mailbox:
    return house.mailbox(HELP)


def receive(house: House, text: str = "Hi.", *, to: str = HELP, **fields: Any) -> Message:
    sender = fields.pop("sender", "jane@peer.test")
    (message,) = house.receive(to, reading=letter(sender, **{"subject": "Letter", "text": text, **fields}))
    return message


def found(house: House, words: str | None, viewer: Viewer = EVERYTHING, **wanted: Any) -> list[str]:
    page = house.see(messages.page, Page(), viewer, Wanted(words=words, **wanted))
    return [each.standing.message.id for each in page.items]


FINDS = [
    ("The invoice is overdue", "invoice"),
    ("The invoice is overdue", "overdue INVOICE"),
    ("The invoices are overdue", "invoice"),
    ("Café crème", "cafe"),
    ("Cafe creme", "crème"),
    ("Die Rechnung über 7 €", "uber 7"),
    ("счёт просрочен", "СЧЁТ"),
    ("order AB-1234/7", "AB-1234/7"),
    ("see https://example.org/a?b=c", "example.org"),
    ("注文は届きましたか", "届き"),
    ("请问发票在哪里", "发票"),
    ("주문하신 상품이", "상품"),
    ("สวัสดีครับ", "สวัสดี"),
    ("\uff21\uff22\uff23 fullwidth", "abc"),
    ("e\u0301te\u0301 decomposed", "été"),
    ('she said "hello world"', '"hello'),
    ("cats AND dogs", "AND"),
    ("near the end", "NEAR"),
    ("subject: matter", "subject:"),
    ("50% of *all*", "*all*"),
]


@pytest.mark.parametrize(("text", "words"), FINDS)
def test_words_are_found_whatever_their_case_accents_and_script(house: House, text: str, words: str) -> None:
    message = receive(house, text)
    receive(house, "nothing of the kind")
    assert found(house, words) == [message.id]


MISSES = [
    ("The invoice is overdue", "invoice paid"),
    ("The invoice is overdue", "voice"),
    ("the cat", "ca"),
    ("hello", "hello OR world"),
    ("hello", "hello NOT world"),
    ("hello there, world", '"hello world"x'),
    ("hello", "people:hello"),
    ("发票", "发货"),
]


@pytest.mark.parametrize(("text", "words"), MISSES)
def test_every_word_has_to_be_there_and_no_word_is_an_operator(house: House, text: str, words: str) -> None:
    receive(house, text)
    assert found(house, words) == []


def test_subject_and_addresses_are_found_too(house: House, mailbox: Mailbox) -> None:
    by_subject = receive(house, subject="Parcel 4711")
    by_name = receive(house, from_=(Party("kim@peer.test", "Kim Żółć"),))
    ours = house.send(mailbox, "zoe@customer.test").message
    assert found(house, "4711") == [by_subject.id]
    assert found(house, "ZOŁC kim@peer.test") == [by_name.id]
    assert found(house, "zoe@customer.test") == [ours.id]
    assert found(house, HELP.partition("@")[0]) == [ours.id]


def test_held_and_blocked_messages_are_found(house: House) -> None:
    gated = house.mailbox("gated@example.com", oversight=Oversight.GATED_ALL)
    held = house.send(gated, subject="Waiting for Anna").message
    assert found(house, "waiting anna") == [held.id]


def test_an_agent_finds_what_is_its_own(house: House, mailbox: Mailbox) -> None:
    other = house.mailbox("other@example.com")
    mine = receive(house, "a secret")
    theirs = receive(house, "a secret", to=other.address)
    assert mailbox.agent_id is not None
    assert other.agent_id is not None
    assert found(house, "secret") == [theirs.id, mine.id]
    assert found(house, "secret", Viewer(mailbox.agent_id)) == [mine.id]
    assert found(house, "secret", Viewer(other.agent_id)) == [theirs.id]
    assert found(house, "secret", Viewer(mailbox.agent_id), thread=theirs.thread_id) == []
    with pytest.raises(NotFound):
        found(house, "secret", Viewer(mailbox.agent_id), mailbox=other.address)
    nobody = Viewer(house.agent("nobody").id)
    assert found(house, "secret", nobody) == []


def test_the_id_of_a_mailbox_is_no_word_of_its_messages(house: House, mailbox: Mailbox) -> None:
    receive(house)
    assert found(house, mailbox.id) == []


@pytest.mark.parametrize("words", ["order", None])
def test_filters_narrow_a_list_with_and_without_words(
    house: House, mailbox: Mailbox, words: str | None
) -> None:
    start = house.now
    first = receive(house, "order one", subject="first")
    house.clock.advance(hours=1)
    second = receive(house, "order two", sender="TOM@peer.test")
    house.clock.advance(hours=1)
    ours = house.send(mailbox, "jane@peer.test", subject="Your order").message
    assert found(house, words) == [ours.id, second.id, first.id]
    assert found(house, words, direction=Direction.INBOUND) == [second.id, first.id]
    assert found(house, words, sender="tom@PEER.test") == [second.id]
    assert found(house, words, thread=first.thread_id) == [first.id]
    assert found(house, words, mailbox=mailbox.id) == [ours.id, second.id, first.id]
    assert found(house, words, since=start + timedelta(hours=1)) == [ours.id, second.id]
    assert found(house, words, until=start + timedelta(hours=1)) == [first.id]
    assert found(house, words, since=house.now + timedelta(hours=1)) == []
    assert found(house, words, until=start) == []


@pytest.mark.parametrize("words", ["order", None])
@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_neither_skip_nor_repeat(house: House, words: str | None, newest_first: bool) -> None:
    ids = [receive(house, "order").id for _ in range(5)]
    seen: list[str] = []
    page = Page(2, newest_first=newest_first)
    while True:
        part = house.see(messages.page, page, EVERYTHING, Wanted(words=words))
        seen += [each.standing.message.id for each in part.items]
        if not part.cursor:
            break
        page = replace(page, after=part.cursor)
    assert seen == (ids[::-1] if newest_first else ids)


@pytest.mark.parametrize("words", ["order", None])
def test_a_cursor_that_points_nowhere_is_refused(house: House, words: str | None) -> None:
    with pytest.raises(BadInput, match="points nowhere"):
        house.see(messages.page, Page(after="msg_nowhere"), EVERYTHING, Wanted(words=words))


@pytest.mark.parametrize(
    "words", ["", "  ", "!!! ***", "x" * (MAX_QUESTION + 1), " ".join(map(str, range(MAX_WORDS + 1)))]
)
def test_a_search_for_nothing_or_too_much_is_refused_with_its_field(house: House, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        found(house, words)
    assert caught.value.field == "q"


def test_of_a_long_text_the_beginning_is_found(house: House) -> None:
    message = receive(house, "early " + "word " * MAX_TEXT + "late")
    assert found(house, "early") == [message.id]
    assert found(house, "late") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.text(alphabet=st.characters(), max_size=60) | st.text(alphabet='"*()^:-+{}ANDORT \0x日', max_size=30)
)
def test_whatever_is_typed_is_answered_or_refused_and_never_obeyed(house: House, words: str) -> None:
    with contextlib.suppress(BadInput):
        found(house, words)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.text(alphabet="abcäßé日本語 '\"*-", min_size=1, max_size=8), min_size=1, max_size=4))
def test_a_message_is_found_by_each_of_its_words(house: House, words: list[str]) -> None:
    message = receive(house, " ".join(words))
    for word in " ".join(words).split():
        with contextlib.suppress(BadInput):
            assert message.id in found(house, word)


def test_a_snippet_is_one_harmless_line_around_the_word(house: House) -> None:
    receive(house, "x " * 300 + "the\r\n\x1b[31m parcel\u202e\twas lost" + " y" * 300)
    (hit,) = house.see(messages.page, Page(), EVERYTHING, Wanted(words="Parcel")).items
    assert hit.snippet is not None
    assert "the [31m parcel was lost" in hit.snippet
    assert hit.snippet.startswith("… ")
    assert hit.snippet.endswith(" …")
    assert hit.snippet.isprintable()


def test_a_list_without_words_has_no_snippets(house: House) -> None:
    receive(house)
    (hit,) = house.see(messages.page, Page(), EVERYTHING).items
    assert hit.snippet is None


def test_a_new_revision_is_found_by_its_new_words_alone(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox, subject="Before").message
    house.do(lambda tx: tx.messages.save(replace(sent, subject="After", revision=2)))
    assert found(house, "before") == []
    assert found(house, "after") == [sent.id]


def test_words_are_stored_with_the_message_or_not_at_all(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox).message

    def twice(tx: Any) -> None:
        tx.messages.add(replace(sent, id=MessageId(house.mint("msg")), subject="vanished"))
        raise BadInput("no")

    house.refuses(BadInput, twice)
    assert found(house, "vanished") == []


def test_the_index_is_read_from_its_newest_row_and_no_further_than_needed(house: House) -> None:
    receive(house)
    with contextlib.closing(file.open_reader(house.path)) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT words.rowid FROM words"
            " CROSS JOIN messages ON messages.rowid = words.rowid"
            " WHERE words MATCH 'hi' AND words.rowid < 9 ORDER BY words.rowid DESC LIMIT 3"
        ).fetchall()
    assert not any("TEMP B-TREE" in row[3] for row in plan)

from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.errors import Conflict, KeyReused
from loftbox_cli.services import answers
from loftbox_cli.services.answers import Answered, Asked, folded, unfolded
from loftbox_cli.services.tx import Fact, Tx
from tests.services.house import House

ASKED = Asked("key_1 POST /v1/messages one", "hash of the body")


def note(tx: Tx, name: str) -> str:
    """A verb whose effect can be counted."""
    tx.facts.add(Fact(f"{name} {tx.facts.count()}", ""))
    return name


def render(name: str) -> Answered:
    return Answered(201, f'{{"name": "{name}"}}')


def notes(house: House) -> int:
    return house.see(lambda tx: len([each for each in tx.facts.all() if each.name.startswith("note")]))


def test_the_same_request_again_replays_the_answer_and_does_nothing(house: House) -> None:
    first = house.do(answers.once, ASKED, render, house.now, note, "note")
    before = house.rows()
    second = house.do(answers.once, ASKED, render, house.now, note, "note")
    assert first == Answered(201, '{"name": "note"}')
    assert second == Answered(201, '{"name": "note"}', replayed=True)
    assert house.rows() == before


def test_another_key_path_or_caller_is_another_request(house: House) -> None:
    for place in (
        "key_1 POST /v1/messages one",
        "key_1 POST /v1/messages two",
        "key_2 POST /v1/messages one",
    ):
        assert not house.do(answers.once, Asked(place, "hash"), render, house.now, note, "note").replayed
    assert notes(house) == 3


def test_the_same_key_with_another_body_is_refused(house: House) -> None:
    house.do(answers.once, ASKED, render, house.now, note, "note")
    error = house.refuses(
        KeyReused, answers.once, Asked(ASKED.place, "another hash"), render, house.now, note, "note"
    )
    assert error.field == "Idempotency-Key"


def test_a_request_that_was_refused_may_come_again_with_the_same_key(house: House) -> None:
    def refuse(tx: Tx) -> str:
        note(tx, "note")
        raise Conflict("not now")

    house.refuses(Conflict, answers.once, ASKED, render, house.now, refuse)
    assert not house.do(answers.once, ASKED, render, house.now, note, "note").replayed
    assert notes(house) == 1


def test_an_answer_is_kept_for_a_day(house: House) -> None:
    house.do(answers.once, ASKED, render, house.now, note, "note")
    house.clock.advance(hours=23, minutes=59)
    assert house.do(answers.once, ASKED, render, house.now, note, "note").replayed
    house.clock.advance(minutes=1)
    assert not house.do(answers.once, Asked(ASKED.place, "another"), render, house.now, note, "note").replayed
    assert notes(house) == 2


def test_without_a_key_every_request_is_a_new_one(house: House) -> None:
    for _ in range(2):
        assert not house.do(answers.once, None, render, house.now, note, "note").replayed
    assert notes(house) == 2


def test_old_answers_are_forgotten_and_young_ones_are_not(house: House) -> None:
    house.do(answers.once, ASKED, render, house.now, note, "note")
    house.clock.advance(hours=12)
    house.do(answers.once, Asked("young", ""), render, house.now, note, "note")
    assert house.do(answers.forget, now=house.now) == 0
    house.clock.advance(hours=12)
    assert len(house.see(answers.old, now=house.now)) == 1
    assert house.do(answers.forget, now=house.now) == 1
    assert [each.place for each in house.see(lambda tx: tx.answers.all())] == ["young"]


def test_at_most_five_hundred_answers_are_forgotten_in_one_go(house: House) -> None:
    def many(tx: Tx) -> None:
        for place in range(501):
            answers.once(tx, Asked(str(place), ""), render, house.now, note, "note")

    house.do(many)
    house.clock.advance(days=2)
    assert house.do(answers.forget, now=house.now) == 500
    assert house.do(answers.forget, now=house.now) == 1
    assert house.see(answers.old, now=house.now) == []


@given(
    body=st.text(st.characters(blacklist_categories=["Cc", "Cs"])),
    texts=st.lists(st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1), max_size=4),
)
def test_what_was_left_out_of_an_answer_comes_back_as_it_was(body: str, texts: list[str]) -> None:
    answer = body.join(texts)
    assert unfolded(folded(answer, texts), texts) == answer


def test_texts_that_the_request_brings_again_are_not_kept(house: House) -> None:
    text = f'"{"x" * 5_000}"'
    asked = Asked(ASKED.place, "hash", (text,))

    def tell(name: str) -> Answered:
        return Answered(202, f'{{"name": "{name}", "text": {text}}}')

    first = house.do(answers.once, asked, tell, house.now, note, "note")
    (kept,) = house.see(lambda tx: tx.answers.all())
    assert len(kept.body) < 100
    again = house.do(answers.once, asked, tell, house.now, note, "note")
    assert (again.body, again.replayed) == (first.body, True)

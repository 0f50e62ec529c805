"""Idempotency keys: the same request again is answered with the same words.

An answer is kept for a day, without the long texts that the request itself brought:
only the same request is answered with it, and brings them again. So what is kept of a
message is its envelope, its addresses and the decision, however long its text is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from loftbox_cli.core.errors import KeyReused
from loftbox_cli.services.tx import KeptAnswer, Tx

KEPT_FOR = timedelta(hours=24)
MOST_AT_ONCE = 500

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that may come again: `place` names API key, method, path and Idempotency-Key.

    `brought` are the long texts of its body, as an answer would repeat them.
    """

    place: str
    body_hash: str
    brought: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """An HTTP answer, and whether it is one from before."""

    status: int
    body: str
    replayed: bool = False


def once(
    tx: Tx,
    asked: Asked | None,
    render: Callable[[R], Answered],
    now: datetime,
    verb: Callable[Concatenate[Tx, P], R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Answered:
    """Run a verb unless it ran before for the same request; raises KeyReused when the body is another.

    The answer is kept in the transaction of what it tells, so a twin that comes while
    the first still waits for its commit runs after it, and finds its answer.
    """
    if asked is None:
        return render(verb(tx, *args, **kwargs))
    before = kept(tx, asked, now=now)
    if before is not None:
        return before
    answered = render(verb(tx, *args, **kwargs))
    tx.answers.remove(place=asked.place)
    body = folded(answered.body, asked.brought)
    tx.answers.add(KeptAnswer(asked.place, asked.body_hash, answered.status, body, now))
    return answered


def kept(tx: Tx, asked: Asked, *, now: datetime) -> Answered | None:
    """What the same request was answered before; raises KeyReused when the body is another."""
    found = tx.answers.find(place=asked.place)
    if found is None or now - found.created_at >= KEPT_FOR:
        return None
    if found.body_hash != asked.body_hash:
        raise KeyReused(
            "this Idempotency-Key was used for another body",
            fix="use a new key for a new request",
            field="Idempotency-Key",
        )
    return Answered(found.status, unfolded(found.body, asked.brought), replayed=True)


def folded(body: str, brought: Sequence[str]) -> str:
    """Put a mark in the place of each text that the request brought."""
    for number, text in enumerate(brought):
        body = body.replace(text, _mark(number))
    return body


def unfolded(body: str, brought: Sequence[str]) -> str:
    """Put the texts back, the last one first, since one may stand within another."""
    for number, text in reversed(list(enumerate(brought))):
        body = body.replace(_mark(number), text)
    return body


def _mark(number: int) -> str:
    # JSON writes no control character as it is (RFC 8259 section 7), so no answer holds this.
    return f"\x01{number}\x01"


def old(tx: Tx, *, now: datetime) -> list[KeptAnswer]:
    """Some of the answers that nobody may ask for any more."""
    return tx.due.answers(now - KEPT_FOR, MOST_AT_ONCE)


def forget(tx: Tx, *, now: datetime) -> int:
    """Drop what is old, at most 500 at once; answers how many."""
    gone = old(tx, now=now)
    for answer in gone:
        tx.answers.remove(place=answer.place)
    return len(gone)

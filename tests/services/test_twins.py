"""Whatever came before, the same mail within a day is one mail, and any other is another.

Compared with the rule in its plainest form: the first mail that was kept within 24 hours
with the same bytes, sender and recipients in any order (RFC 1047 says why it comes twice).
"""

import hashlib
import itertools
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loftbox_cli.services import accept
from loftbox_cli.services.tx import Tx
from tests.services.house import House

ADDRESSES = ("help@example.com", "other@example.com")
MAIL = st.tuples(
    st.sampled_from([b"one", b"two"]),
    st.sampled_from(["jane@peer.test", ""]),
    st.permutations(ADDRESSES).flatmap(lambda all_: st.integers(1, 2).map(lambda many: tuple(all_[:many]))),
)
GROUP = st.lists(MAIL, min_size=1, max_size=4)
DEED = st.one_of(
    st.tuples(st.just("together"), GROUP),
    st.tuples(st.just("rolled back"), GROUP),
    st.tuples(st.just("sent"), st.lists(MAIL, min_size=1, max_size=1)),
    st.tuples(
        st.just("wait"), st.sampled_from([timedelta(hours=12), timedelta(hours=24), timedelta(seconds=1)])
    ),
)
Key = tuple[bytes, str, frozenset[str]]

_runs = itertools.count()


class Undo(Exception):
    """What a verb raises that is to have no effect."""


def undone(tx: Tx, mails: list[accept.Prepared]) -> None:
    accept.accept_all(tx, mails)
    raise Undo


def send(tx: Tx, raw: bytes) -> None:
    """Keep bytes as those are kept that leave from here."""
    tx.keep(raw, hashlib.sha256(raw).hexdigest())


@pytest.mark.rule("I31")
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(deeds=st.lists(DEED, max_size=12))
def test_the_same_mail_within_a_day_is_one_mail_whatever_came_before(
    house: House, deeds: list[tuple[str, object]]
) -> None:
    run = b" of run %d" % next(_runs)  # the house is the same for all of them
    kept: list[tuple[Key, datetime, str]] = []
    for deed, what in deeds:
        if isinstance(what, timedelta):
            house.clock.advance(seconds=what.total_seconds())
            continue
        assert isinstance(what, list)
        mails = [
            accept.prepare(house.arrival(*rcpt_to, mail_from=mail_from, raw=raw + run))
            for raw, mail_from, rcpt_to in what
        ]
        if deed == "sent":
            house.do(send, mails[0].raw)
        elif deed == "rolled back":
            with pytest.raises(Undo):
                house.do(undone, mails)
        else:
            wanted = []
            for (raw, mail_from, rcpt_to), mail in zip(what, mails, strict=True):
                key = raw, mail_from, frozenset(rcpt_to)
                since = house.now - timedelta(hours=24)
                first = next((name for known, at, name in kept if known == key and at >= since), None)
                if first is None:
                    first = mail.accepted.request_id
                    kept.append((key, house.now, first))
                wanted.append(first)
            assert house.do(accept.accept_all, mails) == wanted

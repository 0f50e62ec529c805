"""What the store remembers that clock, daemon and master key have to agree with."""

from datetime import timedelta

from loftbox_cli.core.endpoint import SEAL_PURPOSE
from loftbox_cli.services import setup, status
from tests.services.house import House


def test_a_new_store_remembers_nothing(house: House) -> None:
    assert house.see(status.remembered) == status.Remembered("", None, ())


def test_the_latest_time_is_remembered_also_when_the_clock_went_back(house: House) -> None:
    house.mailbox()
    ahead = house.now + timedelta(days=3)
    house.clock.advance(days=3)
    house.look(house.see(lambda tx: tx.domains.all()[0]), owned=False)
    house.clock.advance(days=-3)
    house.look(house.see(lambda tx: tx.domains.all()[0]))
    assert house.see(status.remembered).newest == ahead


def test_the_word_of_the_daemon_and_each_sealed_secret_are_remembered(house: House) -> None:
    house.domain()
    house.endpoint("message.received")
    house.do(setup.serving, '{"pid": 17}')
    found = house.see(status.remembered)
    assert found.serving == '{"pid": 17}'
    assert [purpose for purpose, _ in found.sealed] == ["dkim:public", SEAL_PURPOSE]

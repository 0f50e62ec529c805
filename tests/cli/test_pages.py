from dataclasses import dataclass

import pytest

from loftbox_cli.cli.pages import Pages
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.page import Page
from loftbox_cli.core.views.form import ListView


@dataclass(frozen=True, slots=True)
class Thing:
    id: str


def chosen(limit: str = "", *, after: str = "", everything: bool = False) -> Pages:
    return Pages.chosen(limit=limit, after=after, everything=everything, newest_first=True)


class Shelf:
    """Five things, as pages of at most `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.asked: list[Page] = []

    def fetch(self, page: Page) -> ListView[Thing]:
        self.asked.append(page)
        start = int(page.after or 0)
        end = min(start + min(page.limit, self.most), 5)
        cursor = str(end) if end < 5 else None
        things = tuple(Thing(str(number)) for number in range(start, end))
        return ListView(data=things, has_more=cursor is not None, next_cursor=cursor)


def test_a_list_shows_fifty_and_goes_on_after_a_cursor() -> None:
    assert chosen().first == Page(50, "", newest_first=True)
    assert chosen("7", after="msg_1").first == Page(7, "msg_1", newest_first=True)


@pytest.mark.parametrize("limit", ["0", "201", "-1", "ten", "1.5", "٣", "9" * 5000])
def test_a_limit_that_is_no_number_from_1_to_200_is_refused(limit: str) -> None:
    with pytest.raises(BadInput, match="from 1 to 200") as caught:
        chosen(limit)
    assert len(caught.value.fact) < 200


def test_all_of_it_and_a_limit_exclude_each_other() -> None:
    with pytest.raises(BadInput, match="exclude each other"):
        chosen("5", everything=True)


def test_everything_is_read_page_after_page() -> None:
    shelf = Shelf(2)
    found = chosen(everything=True).read(shelf.fetch)
    assert [thing.id for thing in found.data] == ["0", "1", "2", "3", "4"]
    assert (found.has_more, found.next_cursor) == (False, None)
    assert [(page.limit, page.after) for page in shelf.asked] == [(200, ""), (200, "2"), (200, "4")]


def test_one_page_is_read_once_and_keeps_its_cursor() -> None:
    shelf = Shelf(200)
    found = chosen("2").read(shelf.fetch)
    assert ([thing.id for thing in found.data], found.next_cursor) == (["0", "1"], "2")
    assert len(shelf.asked) == 1

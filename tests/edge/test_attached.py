import pytest

from loftbox_cli.core.compose import compose, first_attached
from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.reading import Party
from loftbox_cli.edge.mail_read.attached import content_of
from loftbox_cli.edge.mail_read.parse import read

FILES = (File("a.bin", "application/octet-stream", b"\x00\x01\r\n."), File("b.txt", "text/plain", b"second"))


@pytest.mark.parametrize(
    ("text", "html"), [("hello", ""), ("", "<p>hello</p>"), ("hello", "<p>hello</p>"), ("", "")]
)
def test_an_attachment_is_found_again_at_the_place_that_was_noted_for_it(text: str, html: str):
    draft = Draft(to=(Party("jane@example.com"),), text=text, html=html, attachments=FILES)
    raw = compose(draft, from_=Party("agent@example.com"), message_id="<1@example.com>")
    first = first_attached(draft)
    assert [content_of(raw, first + place) for place in range(2)] == [file.content for file in FILES]
    assert [attachment.part for attachment in read(raw).attachments] == [first, first + 1]


def test_a_place_without_an_attachment_is_no_such_thing():
    draft = Draft(to=(Party("jane@example.com"),), text="hello", attachments=FILES)
    raw = compose(draft, from_=Party("agent@example.com"), message_id="<1@example.com>")
    for place in (0, 99):
        with pytest.raises(NotFound):
            content_of(raw, place)

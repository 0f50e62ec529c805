import pytest

from loftbox_cli.core.compose import compose, places
from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.reading import Party
from loftbox_cli.edge.mail_read.attached import attached
from loftbox_cli.edge.mail_read.parse import read

FILES = (File("a.bin", "application/octet-stream", b"\x00\x01\r\n."), File("b.txt", "text/plain", b"second"))
BODIES = [("hello", ""), ("", "<p>hello</p>"), ("hello", "<p>hello</p>"), ("", "")]


@pytest.mark.parametrize(("text", "html"), BODIES)
def test_an_attachment_is_found_again_by_what_it_is_and_where_it_was_put(text: str, html: str) -> None:
    draft = Draft(to=(Party("jane@example.com"),), text=text, html=html, attachments=FILES)
    raw = compose(draft, from_=Party("agent@example.com"), message_id="<1@example.com>")
    found = read(raw).attachments
    assert tuple(attachment.part for attachment in found) == places(draft)
    assert [attached(raw, attachment.sha256) for attachment in found] == [file.content for file in FILES]


def test_content_that_the_mail_does_not_hold_is_no_such_thing() -> None:
    draft = Draft(to=(Party("jane@example.com"),), text="hello", attachments=FILES)
    raw = compose(draft, from_=Party("agent@example.com"), message_id="<1@example.com>")
    with pytest.raises(NotFound):
        attached(raw, "0" * 64)

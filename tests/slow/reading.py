"""Whether the time to read a mail grows as its size does, whatever its shape.

    python -m tests.slow.reading [--size 400000]

Each shape is read at a size and at twice the size. The ratio of the times is near two
when reading is linear and near four when it is not; what is bounded shows less. Exits 3
when a ratio is over three, or a mail takes longer than a second a MiB.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping

from loftbox_cli.edge.mail_read.parse import read

MOST_RATIO = 3.0
MOST_SECONDS = 1.0  # a MiB
LEAST = 0.03  # seconds, below which a ratio says nothing

HTML = b"Content-Type: text/html\r\n\r\n"
TEXT = b"Content-Type: text/plain\r\n\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
FLOWED = b"Content-Type: text/plain; format=flowed\r\n\r\n"
BOTH = (
    b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n%b\r\n--b\r\n"
    + HTML
    + b"%b\r\n--b--\r\n"
)


def repeated(head: bytes, piece: bytes, tail: bytes = b"") -> Callable[[int], bytes]:
    """A mail that says one thing again and again."""
    return lambda size: head + piece * (size // len(piece)) + tail


def alike(piece: bytes) -> Callable[[int], bytes]:
    """A mail whose text and HTML both do."""
    return lambda size: BOTH % ((piece * (size // 2 // len(piece)),) * 2)


SHAPES: Mapping[str, Callable[[int], bytes]] = {
    "one long word": repeated(TEXT, b"a"),
    "one long word in both forms": alike(b"a"),
    "at signs": alike(b"@"),
    "words with at signs": alike(b"a@"),
    "lines": repeated(TEXT, b"some words\r\n"),
    "empty lines": repeated(TEXT, b"\r\n"),
    "quoted lines": repeated(TEXT, b"> old\r\n"),
    "quotation marks": repeated(TEXT, b">"),
    "attributions": repeated(TEXT, b"On 1 Jan 2026 at 10:00 x wrote:\r\n"),
    "flowed lines": repeated(FLOWED, b"words \r\n"),
    "flowed quotes": repeated(FLOWED, b">" * 50 + b" words \r\n"),
    "invisible characters": repeated(TEXT, "\u200b".encode()),
    "joiners": repeated(TEXT, "a\u200d".encode()),
    "escapes": repeated(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n", b"="),
    "loose breaks": repeated(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n", b"= "),
    "delimiters": repeated(MIXED, b"--b\r\n"),
    "near delimiters": repeated(MIXED, b"\r\n--b."),
    "nested messages": repeated(b"", b"Content-Type: message/rfc822\r\n\r\n"),
    "headers without end": repeated(b"", b"X: y\r\n"),
    "lines that are no field": repeated(b"From: a\r\n", b"no field\r\nX: y\r\n"),
    "folds": repeated(b"Subject: x\r\n", b" y\r\n"),
    "paragraphs": repeated(HTML, b"<p>words"),
    "rows": repeated(HTML + b"<table>", b"<tr><td>a<td>b"),
    "tables in tables": repeated(HTML, b"<table><tr><td>x"),
    "lists": repeated(HTML, b"<ul><li>x"),
    "links": repeated(HTML, b"<a href='https://example.com/'>x</a>"),
    "open links": repeated(HTML, b"<a href='https://example.com/'>x"),
    "formatting left open": repeated(HTML, b"<b><i>"),
    "misnested": repeated(HTML, b"<b><p></b>"),
    "hidden": repeated(HTML, b"<p style='display:none'>x</p>"),
    "hidden in hidden": repeated(HTML, b"<div style='font-size:0'>x"),
    "pictures": repeated(HTML, b"<img alt='words'>"),
    "angle brackets": repeated(HTML, b"<"),
    "quotes in tags": repeated(HTML, b"<a b=\"'>"),
    "comments": repeated(HTML, b"<!--"),
    "entities": repeated(HTML, b"&amp;&#65;"),
    "rules": repeated(HTML + b"<style>", b".a{display:none}", b"</style><p class=a>x"),
    "open rules": repeated(HTML + b"<style>", b"@media{", b"</style>x"),
    "classes": repeated(HTML + b"<style>.a{color:red}</style>", b"<p class='a b c d e f g h'>x"),
    "white space": repeated(HTML + b"<p>", b" \t"),
}


def seconds(raw: bytes) -> float:
    """CPU for one reading, the better of two."""
    times = []
    for _ in range(2):
        begun = time.process_time()
        read(raw)
        times.append(time.process_time() - begun)
    return min(times)


def main() -> None:
    """Print a table; the exit code says whether all of it is well."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=400_000)
    size = options.parse_args().size
    bad = 0
    sys.stdout.write(f"{'shape':28} {'once':>8} {'twice':>8} {'ratio':>6}\n")
    for name, shape in SHAPES.items():
        once, twice = seconds(shape(size)), seconds(shape(2 * size))
        ratio = twice / once if twice > LEAST else 0.0
        is_bad = ratio > MOST_RATIO or twice > MOST_SECONDS * 2 * size / 1024**2
        bad += is_bad
        sys.stdout.write(f"{name:28} {once:8.3f} {twice:8.3f} {ratio:6.1f}{'  !' if is_bad else ''}\n")
    sys.exit(3 if bad else 0)


if __name__ == "__main__":
    main()

"""What reading one mail costs, without the process around it.

    python -m tests.bench.read [--rounds 200]

CPU is what counts: readers run in processes of their own, and their time is the machine's.
The median is given beside the least, which a busy machine disturbs less.
"""

import argparse
import base64
import statistics
import sys
import time
from collections.abc import Iterator

from loftbox_cli.edge.mail_read import wire
from loftbox_cli.edge.mail_read.parse import read

HEAD = (
    b"Return-Path: <jane@example.com>\r\n"
    b"Received: from mx.example.com (mx.example.com [192.0.2.1]) by mail.example.org with ESMTPS id abc\r\n"
    b" for <agent@example.org>; Sun, 22 Nov 2026 10:00:00 +0000\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; h=from:to:subject:date; bh="
    + b"A"
    * 43
    + b"=;\r\n"
    b" b=" + b"B" * 340 + b"\r\n"
    b"From: Jane Doe <jane@example.com>\r\nTo: Support <agent@example.org>\r\n"
    b"Subject: =?utf-8?q?About_your_offer_=E2=80=93_again?=\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
    b"Message-ID: <1@example.com>\r\nIn-Reply-To: <2@example.org>\r\n"
    b"References: <3@example.org> <2@example.org>\r\n"
    b"MIME-Version: 1.0\r\n"
)
LINE = "We looked at the offer, and there are some questions about the delivery in December.\r\n"
OLD = "\r\nOn Sat, 21 Nov 2026 at 09:00, Support <agent@example.org> wrote:\r\n"
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n"
ROW = (
    "<tr><td style='padding:4px'>Item {0}</td><td><a href='https://shop.example/{0}'>see it</a></td></tr>\r\n"
)
SAID = (
    "<p class='MsoNormal'><span style='font-size:11.0pt;font-family:Calibri,sans-serif;color:#1F497D'>"
    + LINE.strip()
    + "<o:p></o:p></span></p>\r\n"
)


def plain(octets: int) -> bytes:
    """A letter of about this size, of which a third is quoted."""
    lines = max(1, (octets - len(HEAD) - 100) // len(LINE))
    body = LINE * (lines * 2 // 3) + OLD + f"> {LINE}" * (lines // 3)
    return HEAD + TEXT + b"\r\n" + body.encode()


def alternative(octets: int) -> bytes:
    """Text, and the same as HTML with a table."""
    rows = max(1, (octets - len(HEAD) - 600) // (len(ROW) + len(LINE)))
    text = (LINE * rows).encode()
    html = ("<html><body><p>" + LINE * 3 + "<table>").encode()
    html += "".join(ROW.format(n) for n in range(rows)).encode() + b"</table></body></html>\r\n"
    return b"".join(
        (
            HEAD,
            b"Content-Type: multipart/alternative; boundary=b\r\n\r\n",
            b"--b\r\n" + TEXT + b"\r\n" + text + b"\r\n",
            b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html + b"\r\n--b--\r\n",
        )
    )


def answer(octets: int) -> bytes:
    """HTML alone, as Outlook writes it, of which half is in the box of a quotation."""
    lines = max(2, (octets - len(HEAD) - 400) // len(SAID))
    html = "<html><head><style>p.MsoNormal {margin:0cm; font-size:11.0pt}</style></head><body><div>"
    html += SAID * (lines // 2) + "<div class='gmail_quote'><div class='gmail_attr'>" + OLD.strip()
    html += "<br></div><blockquote class='gmail_quote' style='margin:0 0 0 .8ex;border-left:1px #ccc solid'>"
    html += SAID * (lines // 2) + "</blockquote></div></div></body></html>\r\n"
    return HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()


def attached(octets: int) -> bytes:
    """A short text and one file."""
    file = base64.encodebytes(bytes(range(256)) * (octets * 3 // 4 // 256)).replace(b"\n", b"\r\n")
    return b"".join(
        (
            HEAD,
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + TEXT + b"\r\n" + LINE.encode(),
            b"--b\r\nContent-Type: application/pdf; name=offer.pdf\r\nContent-Transfer-Encoding: base64\r\n",
            b"Content-Disposition: attachment; filename=offer.pdf\r\n\r\n" + file + b"--b--\r\n",
        )
    )


MAILS = {
    "text, 2 KB": plain(2_000),
    "text, 20 KB": plain(20_000),
    "text and HTML, 2 KB": alternative(3_000),
    "text and HTML, 20 KB": alternative(20_000),
    "answer in HTML, 20 KB": answer(20_000),
    "a file, 1 MB": attached(1_000_000),
    "text, 1 MB": plain(1_000_000),
}


def spent(raw: bytes, rounds: int) -> Iterator[float]:
    """Milliseconds of CPU for each reading, its way through the pipe's form included."""
    for _ in range(rounds):
        begun = time.process_time()
        wire.encode(read(raw))
        yield (time.process_time() - begun) * 1_000


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=200)
    rounds = options.parse_args().rounds
    sys.stdout.write(f"{'mail':22} {'octets':>9} {'least ms':>9} {'median ms':>9}\n")
    for name, raw in MAILS.items():
        times = sorted(spent(raw, max(5, rounds * 2_000 // max(2_000, len(raw) // 10))))
        sys.stdout.write(f"{name:22} {len(raw):9} {times[0]:9.3f} {statistics.median(times):9.3f}\n")


if __name__ == "__main__":
    main()

"""What a person would see of HTML, and what of a text is new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.edge.mail_read.html_text import MAX_HTML, to_text
from loftbox_cli.edge.mail_read.reply import reply_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br/><br>three", "one\ntwo\n\nthree"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("a <b>bold</b>\n  <i>word</i> &lt;x&gt;", "a bold word <x>"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a | b\nc"),
        ("<pre>a\n  b\n</pre>c", "a\n  b\n\nc"),
        ("<blockquote>old<br>older</blockquote>new", "> old\n> older\n\nnew"),
        ("<blockquote>old<blockquote>oldest</blockquote></blockquote>new", "> old\n>\n> > oldest\n>\nnew"),
        ("x<script>alert(1)</script><style>y</style><title>t</title><!-- c -->z", "xz"),
        ("a<span style='DISPLAY : None'>hidden</span>b", "ab"),
        ("a<span hidden>hidden</span>b", "ab"),
        ("a<span style='font-size:0px'>hidden</span>b", "ab"),
        ("a<span style='font-size:0.9em'>shown</span>b", "ashownb"),
        ("a<div style='display:none'><p>x<p>y</div>b", "ab"),
        ("", ""),
        ('<font face="Arial"">sloppy</font>', "sloppy"),
    ],
)
def test_html_reads_as_it_is_seen(html: str, text: str) -> None:
    assert to_text(html) == (text, "")


@given(st.text(alphabet="<>/ab=\"' \n&;!-", max_size=200) | st.text(max_size=200))
def test_any_html_gives_text(html: str) -> None:
    text, _ = to_text(html)
    assert "<script" not in text.lower() or "&lt;" in html


def test_html_over_a_mebibyte_is_cut_and_says_so() -> None:
    text, defect = to_text("<p>start</p>" + "x " * MAX_HTML)
    assert text.startswith("start")
    assert defect == "html_truncated"


NEW = "Yes, please.\n\nJane"
OLD = "> Hello,\n> shall we?"
UNMARKED = "Hello,\nshall we?"


@pytest.mark.parametrize(
    "attribution",
    [
        "On Sun, Nov 22, 2026 at 11:05 AM Support <support@example.org> wrote:",
        "On Sun, Nov 22, 2026 at 11:05 AM Support Team of Example\n<support@example.org> wrote:",
        "On 22 Nov 2026, at 11:05, Support <support@example.org> wrote:",
        "On 22.11.26 11:05, Support wrote:",
        "Am So., 22. Nov. 2026 um 11:05 Uhr schrieb Support <support@example.org>:",
        "Am 22.11.2026 um 11:05 schrieb Support:",
        "Le dim. 22 nov. 2026 à 11:05, Support <support@example.org> a\u00a0écrit\u00a0:",
        "El dom, 22 nov 2026 a las 11:05, Support (<support@example.org>) escribió:",
        "Il giorno dom 22 nov 2026 alle ore 11:05 Support <support@example.org> ha scritto:",
        "Op zo 22 nov 2026 om 11:05 schreef Support <support@example.org>:",
        "Em dom., 22 de nov. de 2026 às 11:05, Support <support@example.org> escreveu:",
        "Den sön 22 nov. 2026 kl 11:05 skrev Support <support@example.org>:",
        "W dniu 22.11.2026 o 11:05, Support pisze:",
    ],
)
def test_the_reply_is_what_stands_before_the_attribution(attribution: str) -> None:
    assert reply_text(f"{NEW}\n\n{attribution}\n\n{OLD}\n") == NEW
    assert reply_text(f"{NEW}\n\n{attribution}\n{UNMARKED}\n") == NEW


@pytest.mark.parametrize(
    "block",
    [
        "-----Original Message-----\nFrom: Support",
        "-------- Ursprüngliche Nachricht --------\nVon: Support",
        "________________________________\nFrom: Support <s@x.example>\nSent: Sunday\nTo: Jane\nSubject: x",
        "From: Support <s@x.example>\nDate: Sunday\nTo: Jane\nSubject: x",
        "Von: Support <s@x.example>\nGesendet: Sonntag\nAn: Jane\nBetreff: x",
        "De : Support <s@x.example>\nEnvoyé : dimanche\nÀ : Jane\nObjet : x",
        "*From:* Support <s@x.example>\n*Sent:* Sunday\n*To:* Jane\n*Subject:* x",
    ],
)
def test_the_reply_is_what_stands_before_the_old_message(block: str) -> None:
    assert reply_text(f"{NEW}\n\n{block}\n\n{UNMARKED}\n") == NEW


def test_answers_between_and_after_the_quotes_are_kept() -> None:
    text = "On 22 Nov 2026 Support wrote:\n> one?\n\nYes.\n\n> two?\n\nNo.\n"
    assert reply_text(text) == "Yes.\n\n\nNo."


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote:\nnothing is lost.",
        "On 3 May he wrote:\nnothing is lost.",
        "From: the kitchen\nWith love.",
        "See below.\n\n---------- Forwarded message ---------\nFrom: A\nDate: Sunday\nSubject: x\n\n> Text.",
        "Begin forwarded message:\n\n> From: A\n> Subject: x",
        "-- \nJane",
    ],
)
def test_what_is_no_quotation_stays(text: str) -> None:
    assert reply_text(text) == text


def test_a_mail_that_only_quotes_says_nothing_new() -> None:
    assert reply_text(OLD) == ""


@given(
    st.lists(
        st.sampled_from([NEW, OLD, "On 1 at 10:00", "x wrote:", "From: a", "Sent: b", "Subject: c", "", ">"])
    )
)
def test_any_text_gives_lines_of_itself(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert set(reply_text(text).split("\n")) <= {line.rstrip() for line in text.split("\n")} | {""}

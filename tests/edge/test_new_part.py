"""What of an answer is new, over the programs and languages of tests/corpus/replies."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.edge.mail_read import html_text
from loftbox_cli.edge.mail_read.reply.divide import Divided, divide
from loftbox_cli.edge.mail_read.reply.text import new_part

CORPUS = Path(__file__).parents[1] / "corpus" / "replies"
MARK = "@@@ "


@dataclass(frozen=True, slots=True)
class Case:
    """One mail of the corpus: its body, and what is new and quoted in it."""

    name: str
    mail: str
    new: str
    quoted: str | None


def cases(file: str) -> list[Case]:
    """Read "@@@ name", the mail, and below "@@@ new" and "@@@ quoted" what is expected."""
    _, *blocks = (CORPUS / file).read_text(encoding="utf-8").removesuffix("\n").split(f"\n{MARK}")
    found: list[dict[str, str]] = []
    for block in blocks:
        name, _, body = block.partition("\n")
        if name in ("new", "quoted"):
            found[-1][name] = body
        else:
            found.append({"name": name, "mail": body})
    return [Case(one["name"], one["mail"], one.get("new", one["mail"]), one.get("quoted")) for one in found]


def named(*files: str) -> list[object]:
    return [
        pytest.param(case, id=f"{file.removesuffix('.txt')}: {case.name}")
        for file in files
        for case in cases(file)
    ]


TEXTS = named("languages.txt", "clients.txt", "shapes.txt", "mixed.txt", "specimens.txt")
WHOLE = named("staying.txt")
MARKUP = named("markup.txt", "specimens_markup.txt")


@pytest.mark.parametrize("case", TEXTS)
def test_the_new_part_of_an_answer_is_what_a_person_wrote(case: Case) -> None:
    part = new_part(case.mail)
    assert part.text == case.new
    if case.quoted is not None:
        assert part.quoted == case.quoted


@pytest.mark.parametrize("case", TEXTS)
def test_line_ends_of_the_wire_make_no_difference(case: Case) -> None:
    assert new_part(case.mail.replace("\n", "\r\n")).text == case.new


@pytest.mark.parametrize("case", TEXTS + WHOLE)
def test_a_new_part_is_new_throughout(case: Case) -> None:
    assert new_part(case.new).text == case.new


@pytest.mark.parametrize("case", WHOLE)
def test_a_mail_that_answers_nothing_stays_whole(case: Case) -> None:
    part = new_part(case.mail)
    assert (part.text, part.quoted) == (case.mail, "")


def of_html(html: str, subject: str = "Re: Wednesday") -> Divided:
    return divide(html_text.to_text(html)[0], html, subject=subject, is_text_of_html=True)


@pytest.mark.parametrize("case", MARKUP)
def test_html_gives_the_new_part_as_text_and_as_html(case: Case) -> None:
    divided = of_html(case.mail)
    assert divided.reply_text == case.new
    assert html_text.to_text(divided.reply_html)[0] == case.new
    if case.quoted is not None:
        assert divided.quoted_text == case.quoted


@pytest.mark.parametrize("case", MARKUP)
def test_new_html_is_new_throughout(case: Case) -> None:
    new = of_html(case.mail).reply_html
    if new.endswith("</blockquote>"):
        return  # a box that stands last is what an unnamed program quotes
    assert of_html(new).reply_html == new


def test_new_html_keeps_its_form_and_its_style() -> None:
    html = (
        "<html><head><style>p {color: red}</style></head><body><p>Yes, <b>please</b>.</p>"
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Ana</div>'
        "<p>Shall we?</p></body></html>"
    )
    assert of_html(html).reply_html == "<style>p {color: red}</style>\n<p>Yes, <b>please</b>.</p>"


WORD_RULE = "border:none;border-top:solid #E1E1E1 1.0pt"


@pytest.mark.parametrize(
    ("below", "new"),
    [("Tőle: Ana", "Yes."), ("Thank you for your order", "Yes.\nThank you for your order\nMore")],
)
def test_the_line_that_word_draws_counts_above_the_name_of_a_field(below: str, new: str) -> None:
    html = f"<div>Yes.</div><div style='{WORD_RULE}'><b>{below}</b></div><div>More</div>"
    assert of_html(html).reply_text == new


def test_the_text_part_says_what_is_new_and_the_html_is_cut_beside_it() -> None:
    html = "<p>Yes.</p><blockquote type=cite>Old words</blockquote>"
    divided = divide("Yes!\n\n> Old words", html, subject="Re: x", is_text_of_html=False)
    assert divided == Divided(reply_text="Yes!", reply_html="<p>Yes.</p>", quoted_text="> Old words")


def test_a_text_that_is_not_marked_keeps_its_html_octet_for_octet() -> None:
    html = "<P>Open  on <B>Monday</B>"
    assert divide("Open on Monday", html, subject="", is_text_of_html=False).reply_html == html


BLOCK = """\
From: Bob <bob@client.example>
Sent: Monday, 3 November 2025 09:14
To: Jane
Subject: Offer

We start."""


@pytest.mark.parametrize("subject", ["FW: Offer", "Fwd: Offer", "WG: Angebot", "TR : Offre", "RV: Oferta"])
def test_what_outlook_passes_on_stays_though_it_looks_like_a_quotation(subject: str) -> None:
    divided = divide(f"FYI\n\n{BLOCK}", "", subject=subject, is_text_of_html=False)
    assert (divided.reply_text, divided.quoted_text) == (f"FYI\n\n{BLOCK}", "")


@pytest.mark.parametrize("subject", ["RE: FW: Offer", "Offer", "", "Forward: march"])
def test_an_answer_to_what_was_passed_on_is_an_answer(subject: str) -> None:
    divided = divide(f"No.\n\n{BLOCK}", "", subject=subject, is_text_of_html=False)
    assert (divided.reply_text, divided.quoted_text) == ("No.", BLOCK)


def test_html_that_is_not_read_has_no_new_html() -> None:
    html = "<p " + "a=1 " * 300 + ">x"
    assert divide("x", html, subject="", is_text_of_html=False) == Divided("x", "", "")


PIECES = st.sampled_from(
    [
        "Yes.",
        "> old",
        ">",
        "",
        " ",
        "\u200b",
        "On Mon, 3 Nov 2025 at 9:14, A <a@b.example>",
        "<a@b.example>",
        "wrote:",
        "A wrote:",
        "3.11.2025 9:14",
        "From: a@b.example",
        "Sent: 3 Nov 2025",
        "To: c",
        "Subject: d",
        "-----Original Message-----",
        "________________",
        "---------- Forwarded message ---------",
        "-- ",
        "--",
        "-Jane",
        "Kind regards,",
        "Tel: +49 30 123456",
        "www.shop.example",
        "Sent from my iPhone",
        "This e-mail is confidential and for the addressee.",
    ]
)


@given(st.lists(PIECES | st.text(max_size=20), max_size=40))
def test_every_line_of_the_new_part_stands_in_the_mail(lines: list[str]) -> None:
    text = "\n".join(lines)
    part = new_part(text)
    written = {line.rstrip() for line in text.replace("\r", "\n").split("\n")} | {""}
    assert {line.rstrip() for line in (part.text + "\n" + part.quoted).split("\n")} <= written


@pytest.mark.rule("B11")
@given(st.text())
def test_any_text_has_a_new_part(text: str) -> None:
    assert len(new_part(text).text) <= len(text)


TAGS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<br>",
        "<div class=gmail_quote>",
        "<div class=yahoo_quoted>",
        "<div id=appendonsend>",
        "</div>",
        "<blockquote>",
        "</blockquote>",
        "<pre>",
        "</pre>",
        "<table><tr><td>",
        "<style>p{}</style>",
        "<img src=x>",
        "<hr>",
        "<!-- x -->",
        "<div style='display:none'>",
        "<div class=gmail_signature>",
        "&gt; old",
        "On Mon, 3 Nov 2025 at 9:14, A &lt;a@b.example&gt; wrote:",
        "---------- Forwarded message ---------",
        "-- ",
        "\n",
    ]
)


@given(st.lists(TAGS | st.text(max_size=10), max_size=30))
def test_any_html_has_a_new_part(pieces: list[str]) -> None:
    html = "".join(pieces)
    divided = of_html(html)
    words = set("".join(html_text.to_text(html)[0].split()))
    assert set("".join(divided.reply_text.split())) <= words | {">"}

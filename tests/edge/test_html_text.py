"""What a person would see of HTML, and how much of it they would not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loftbox_cli.edge.mail_read.html_limits import MAX_DEPTH, is_cheap
from loftbox_cli.edge.mail_read.html_style import rules, style_of
from loftbox_cli.edge.mail_read.html_text import MAX_HTML, render, to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>Title</h1>body<h2>Next</h2>more", "Title\n\nbody\n\nNext\n\nmore"),
        ("<p>a</p><blockquote><p>b</p></blockquote><p>c</p>", "a\n\n> b\n\nc"),
        ("<ol><li>one<li>two</ol>", "1. one\n2. two"),
        ("<ol start=7><li>one</ol>", "7. one"),
        ("<ul><li><p>one</p><li><div>two</div></ul>", "- one\n- two"),
        ("<ul><li>one<ul><li>inner</ul><li>two</ul>", "- one\n  - inner\n- two"),
        ("<table><tr><th>Item<th>Price<tr><td><p>Tea</p><td>3 €</table>", "Item | Price\nTea | 3 €"),
        ("<table><tr><td>&nbsp;<td>text<td></table>", "text"),
        ("<table><tr><td>a<br>b<td>c</table>", "a\nb\nc"),
        ("<table><tr><td><table><tr><td>a<td>b</table><td>c</table>", "a | b\n\nc"),
        ("<a href='https://x.example/a'>here</a>.", "here <https://x.example/a>."),
        ("<a href='https://x.example/'>x.example</a>", "x.example"),
        ("<a href='https://evil.example/'>https://good.example</a>", "https://good.example <https://evil.example/>"),
        ("<a href='mailto:j@x.example?subject=Hi'>j@x.example</a>", "j@x.example"),
        ("<a href='javascript:alert(1)'>x</a><a href='#top'>y</a>", "xy"),
        ("<a href='https://x.example/<b>'>x</a>", "x <https://x.example/%3Cb%3E>"),
        ("<a href='https://x.example'><img src=y></a>", ""),
        ("a <img alt='the  logo'> b", "a [image: the logo] b"),
        ("a<img alt=count width=1 height=1>", "a"),
        ("a<hr>b", "a\n\n________________________________\n\nb".replace("\n\n", "\n")),
        ("<pre>a\n   b</pre>", "a\n   b"),
        ("<div style='white-space:pre-wrap'>a\n  b</div>", "a\n  b"),
        ("a&nbsp;&nbsp;b", "a  b"),
        ("&#x41;&amp;&lt;&euro;&nosuch;", "A&<€&nosuch;"),
        ("<p>unclosed <b>bold <p>next", "unclosed bold\n\nnext"),
        ("<!--[if mso]>Outlook<![endif]-->all", "all"),
    ],
)  # fmt: skip
def test_html_reads_as_a_person_sees_it(html: str, text: str) -> None:
    assert to_text(html) == (text, "")


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : none !important",
        "dis/**/play:none",
        r"d\69splay:none",
        "visibility:hidden",
        "font-size:0",
        "font-size:1px",
        "font-size:0.0em;color:red",
        "opacity:0",
        "max-height:0;overflow:hidden",
        "height:0;overflow:hidden",
        "position:absolute;left:-9999px",
        "text-indent:-100em",
        "clip:rect(0 0 0 0);position:absolute",
        "clip-path:inset(50%)",
        "color:#fff",
        "color:white",
        "color:rgb(254, 254, 254)",
        "color:transparent",
        "background:#123456;color:#123457",
    ],
)
@pytest.mark.parametrize("tag", ["p", "span"])
def test_text_that_nobody_sees_is_dropped_and_counted(tag: str, style: str) -> None:
    rendered = render(f"<body>seen<{tag} style='{style}'>not this</{tag}></body>")
    assert (rendered.text, rendered.hidden) == ("seen", len("notthis"))


@pytest.mark.parametrize(
    "style",
    [
        "font-size:0.9em",
        "font-size:small",
        "opacity:0.5",
        "max-height:100px",
        "height:0",
        "left:-2px",
        "color:#333",
        "color:#fff;background:#000",
        "color:#fff;background:url(x.png)",
        "color:#fff;background-image:linear-gradient(red, blue)",
        "color:white;background-color:var(--x)",
        "mso-hide:all",
        "display:inline-block",
    ],
)
def test_text_that_is_seen_stays(style: str) -> None:
    rendered = render(f"<p style='{style}'>seen</p>")
    assert (rendered.text, rendered.hidden) == ("seen", 0)


@pytest.mark.parametrize(
    ("html", "text", "hidden"),
    [
        ("<div style='font-size:0'>a<b style='font-size:14px'>seen</b></div>", "seen", 1),
        ("<div style='visibility:hidden'>a<b style='visibility:visible'>seen</b></div>", "seen", 1),
        ("<div style='display:none'>a<b style='display:block'>b</b></div>seen", "seen", 2),
        ("<table bgcolor=black><tr><td><font color=white>seen</font></table>", "seen", 0),
        ("<table background=x.png><tr><td><font color=white>seen</font></table>", "seen", 0),
        ("<font color='#ffffff'>gone</font>seen", "seen", 4),
        ("<style>.p,#q{display:none}</style><p class='a P'>one</p><i id=q>two</i>seen", "seen", 6),
        ("<style>span.x{visibility:hidden}</style><span class=x>one</span><b class=x>seen</b>", "seen", 3),
        ("<style>@media print{p{display:none}}</style><p>seen", "seen", 0),
        ("<style>.p{display:none}</style><p class=p style='display:block'>seen", "seen", 0),
        ("<style>.btn{background:#000}</style><a class=btn style='color:#fff'>seen</a>", "seen", 0),
        ("<style>td .b{background:#000}</style><a style='color:#fff'>seen</a>", "seen", 0),
        ("<p hidden>one</p><template>two</template><script>x</script>seen", "seen", 3),
        ("<img alt='secret words' style='display:none'>seen", "seen", 0),
        ("<span style='font-size:0'><img alt='secret'></span>seen", "seen", 6),
    ],
)
def test_what_is_hidden_follows_the_nearest_that_says_so(html: str, text: str, hidden: int) -> None:
    rendered = render(html)
    assert (rendered.text, rendered.hidden) == (text, hidden)


PIECES = (
    *("<p>", "</p>", "<table>", "<tr>", "<td>", "</table>", "<ul>", "<ol start=x>", "<li>", "</ul>", "<br>"),
    *("<a href='http://x'>", "</a>", "<pre>", "</pre>", "<blockquote>", "</blockquote>", "<hr>"),
    *("<img alt=x>", "<div style='display:none'>", "<b style='font-size:0'>", "</div>", "</b>", "text "),
    *(
        " ",
        "\n",
        "&nbsp;",
        "<style>p{color:#fff}",
        "</style>",
        "<!--",
        "-->",
        "<",
        ">",
        '"',
        "\0",
        "\ufeff",
        "é",
    ),
)


@pytest.mark.rule("B10")
@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_page_gives_text_without_tags_of_its_own(html: str) -> None:
    rendered = render(html)
    assert rendered.hidden >= 0
    assert "display:none" not in rendered.text


@given(st.text(alphabet="{}@;:/*\\.#-abcdisplynoe09 ()%,", max_size=120))
def test_any_style_is_read(css: str) -> None:
    style_of(css)
    rules([css, f"<!-- {css}"])


@given(st.text(alphabet="<>/ab=\"' \n", max_size=150))
def test_the_quick_look_lets_nothing_through_that_the_thorough_one_refuses(html: str) -> None:
    assert is_cheap(html)  # nothing so short is dear


@pytest.mark.rule("B10")
def test_a_page_that_lies_too_deep_is_not_read() -> None:
    assert render("<div>" * (MAX_DEPTH + 1)).defect == "html_not_read"
    assert render("<a " + "b " * 300 + ">").defect == "html_not_read"
    assert render('<a b="' + "x" * 20_000 + '">').defect == "html_not_read"
    assert render("x" * (MAX_HTML + 1)).defect == "html_truncated"

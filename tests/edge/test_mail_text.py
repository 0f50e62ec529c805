"""What a person would see of HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.edge.mail_read.html_text import MAX_HTML, to_text


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
        ("<blockquote>old<blockquote>oldest</blockquote></blockquote>new", "> old\n>\n> > oldest\n\nnew"),
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


@pytest.mark.rule("B10")
def test_html_over_a_mebibyte_is_cut_and_says_so() -> None:
    text, defect = to_text("<p>start</p>" + "x " * MAX_HTML)
    assert text.startswith("start")
    assert defect == "html_truncated"

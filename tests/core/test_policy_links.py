"""Where the links of a message lead, read as a browser reads them and not as an agent shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.policy.links import MOST, MOST_HTML, link_hosts

BREAKS = st.text("\t\r\n", max_size=3)


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.test/x",
        "HTTPS://EVIL.TEST",
        "see evil: https://evil.test.",
        "https://user:word@evil.test:8080/",
        "https://evil.test\\@good.test/",
        "https://evil.test?@good.test/",
        "https://evil.test#@good.test/",
        "https:\\\\evil.test",
        "https:evil.test",
        "//evil.test/x",
        "https://ev%69l.test",
        "https://ev\u00adil.test",
        "https://ev\u200bil.test",
        "https://\uff45vil.test",
        "https://evil\u3002test",
    ],
)
@pytest.mark.rule("G4")
def test_a_link_leads_where_a_browser_goes(text: str) -> None:
    for body in ((text, ""), ("", f'<a href="{text}">good.test</a>')):
        assert link_hosts(*body) == {"evil.test": 1}


@pytest.mark.parametrize(
    "written",
    [
        "&#104;ttps://evil.test",
        "https&colon;&sol;&sol;evil.test",
        "&#x68;&#x74;&#x74;&#x70;&#x3a;&#x2f;&#x2f;evil&period;test",
        "ht\ntps://evil.test",
        "https:\n/\t/\revil.test",
        "/\n/evil.test",
        "\\\\evil.test",
        "/\\evil.test",
    ],
)
@pytest.mark.rule("G4")
def test_html_hides_no_link_in_entities_line_breaks_or_backslashes(written: str) -> None:
    assert link_hosts("", f'<a href="{written}">good.test</a>') == {"evil.test": 1}


@given(st.lists(BREAKS, min_size=8, max_size=8))
def test_line_breaks_anywhere_before_the_host_hide_no_link(breaks: list[str]) -> None:
    written = "".join(letter + gap for letter, gap in zip("https://", breaks, strict=True))
    assert link_hosts("", f'<a href="{written}evil.test/">x</a>') == {"evil.test": 1}


def test_links_that_nobody_counts_to_the_end_are_not_known() -> None:
    many = "https://good.test " * MOST
    assert link_hosts(many, "") == {"good.test": MOST}
    assert link_hosts(many + "https://evil.test", "") is None
    assert link_hosts("", "x" * MOST_HTML) == {}
    assert link_hosts("", "x" * (MOST_HTML + 1)) is None


@given(st.text(), st.text())
def test_any_text_has_hosts_or_too_many(text: str, html: str) -> None:
    hosts = link_hosts(text, html)
    assert hosts is None or all(count > 0 for count in hosts.values())

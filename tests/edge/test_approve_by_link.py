"""Answering by the link of a notice: looking decides nothing, and one code answers once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.message import MessageState
from loftbox_cli.core.reading import Party
from loftbox_cli.core.revision import Changes
from loftbox_cli.edge.mail_read.attached import attached
from loftbox_cli.services import approvals, persons, revising
from loftbox_cli.services.gate import Passed
from loftbox_cli.services.persons import PersonChanges
from tests.edge.console_kit import URL, Pages, opened_pages, words
from tests.services.house import TAG_SECRET


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with opened_pages(tmp_path) as opened:
        yield opened


def state(pages: Pages, passed: Passed) -> ApprovalState:
    assert passed.approval is not None
    approval_id = passed.approval.id
    return pages.house.see(lambda tx: tx.approvals.get(approval_id)).state


def edit(pages: Pages, passed: Passed, changes: Changes) -> None:
    assert passed.approval is not None
    on = pages.house.see(revising.grounds, passed.approval.id, revision=1)
    edited = revising.prepare(on, changes, file_of=attached, tag_secret=TAG_SECRET)
    pages.house.do(
        revising.edit, passed.approval.id, edited, revision=1, approve=False, why="", **pages.house.by()
    )


@pytest.mark.rule("D4")
async def test_looking_decides_nothing_however_often_a_scanner_looks(pages: Pages) -> None:
    passed = pages.held()
    link = pages.link(pages.notices()[0])
    before = pages.house.rows()
    for method in ("GET", "HEAD", "GET"):
        assert (await pages.look(link, method)).status_code == 200
    assert pages.house.rows() == before
    assert state(pages, passed) is ApprovalState.PENDING


@pytest.mark.rule("D4")
async def test_a_post_with_the_code_decides_and_the_second_one_shows_how_it_stands(pages: Pages) -> None:
    passed = pages.held()
    link = pages.link(pages.notices()[0])
    first = await pages.answer(link)
    assert (first.status_code, state(pages, passed)) == (200, ApprovalState.APPROVED)
    assert "This message is approved" in words(first)
    before = pages.house.rows()
    for answer in ("approve", "reject"):
        again = await pages.answer(link, answer)
        assert again.status_code == 200
        assert "This message is approved" in words(again)
    assert pages.house.rows() == before
    assert [each.recipient for each in pages.house.claim()].count("jane@peer.test") == 1


async def test_who_answered_through_what_and_why_is_recorded(pages: Pages) -> None:
    passed = pages.held()
    (notice,) = pages.notices()
    await pages.answer(pages.link(notice), "reject")
    assert passed.approval is not None
    approval = pages.house.see(approvals.show, passed.approval.id).approval
    assert (approval.decided_by, approval.via, approval.why) == (notice.metadata["person_id"], "link", "fine")
    assert pages.house.message(passed.message.id).state is MessageState.REJECTED


@pytest.mark.parametrize("code", ["", "0" * 26, "look"])
@pytest.mark.rule("D4")
async def test_without_its_code_a_link_decides_nothing(pages: Pages, code: str) -> None:
    passed = pages.held()
    link = pages.link(pages.notices()[0])
    before = pages.house.rows()
    refused = await pages.answer(link, code=link.look if code == "look" else code)
    assert refused.status_code == 403
    assert "not the code" in words(refused)
    assert pages.house.rows() == before
    assert state(pages, passed) is ApprovalState.PENDING


async def test_a_code_is_taken_as_a_person_types_it(pages: Pages) -> None:
    passed = pages.held()
    link = pages.link(pages.notices()[0])
    await pages.answer(link, code=f" {link.code[:13].upper()} - {link.code[13:]} ")
    assert state(pages, passed) is ApprovalState.APPROVED


async def test_the_code_of_one_question_answers_no_other(pages: Pages) -> None:
    first, second = pages.held(), pages.held()
    links = [pages.link(notice) for notice in pages.notices()]
    assert (await pages.answer(links[0], code=links[1].code)).status_code == 403
    assert {state(pages, first), state(pages, second)} == {ApprovalState.PENDING}


async def test_a_link_is_good_for_the_revision_of_its_notice_alone(pages: Pages) -> None:
    passed = pages.held()
    old = pages.link(pages.notices()[0])
    edit(pages, passed, Changes(text="It comes on Monday."))
    refused = await pages.answer(old)
    assert (refused.status_code, state(pages, passed)) == (409, ApprovalState.PENDING)
    assert "<form" not in refused.text
    new = pages.link(pages.notices()[0])
    shown = words(await pages.look(new))
    assert "+It comes on Monday." in shown
    assert "-It is on its way." in shown
    assert (await pages.answer(new)).status_code == 200
    assert state(pages, passed) is ApprovalState.APPROVED


@pytest.mark.rule("D4")
async def test_a_link_that_went_to_a_former_address_leads_nowhere(pages: Pages) -> None:
    ben = pages.person("Ben")
    passed = pages.held()
    notices = {notice.rcpt_to[0]: notice for notice in pages.notices()}
    link = pages.link(notices.pop(ben.address))
    (other,) = (pages.link(notice) for notice in notices.values())
    changes = PersonChanges(address="ben@elsewhere.test")
    pages.house.do(persons.change, ben.id, changes, **pages.house.by())
    assert [(await pages.look(link)).status_code, (await pages.answer(link)).status_code] == [404, 404]
    assert state(pages, passed) is ApprovalState.PENDING
    assert (await pages.answer(other)).status_code == 200


async def test_one_person_by_two_links_is_one_of_two_approvers(pages: Pages) -> None:
    pages.person("Ben")
    pages.house.policy(
        'name = "p"\n[[rule]]\nname = "two"\ndecision = "hold"\napprovers = 2\n',
        pages.house.mailbox(),
    )
    passed = pages.held()
    first, second = pages.notices()
    links = [pages.link(first), pages.link(first)]
    assert "You agreed" in words(await pages.answer(links[0]))
    await pages.answer(links[1])
    assert state(pages, passed) is ApprovalState.PENDING
    await pages.answer(pages.link(second))
    assert state(pages, passed) is ApprovalState.APPROVED


@pytest.mark.rule("D3")
async def test_the_page_shows_the_whole_envelope_counted_and_in_a_labels(pages: Pages) -> None:
    pages.held(
        Draft(
            to=(Party("jane@bücher.test", "Jane"),),
            bcc=(Party("books@peer.test"),),
            subject="Your \u202eorder",
            text="Hello\u200b there.",
            html="<p>Hi <img src='https://tracker.test/x.png'></p>",
            headers=(("X-Ticket", "4711"),),
            attachments=(File("a.pdf", "application/pdf", b"%PDF"),),
        )
    )
    page = await pages.look(pages.link(pages.notices()[0]))
    shown = words(page)
    assert "Envelope: 2 recipients" in shown
    assert "jane@xn--bcher-kva.test" in shown
    assert "books@peer.test (Bcc: unseen by the others)" in shown
    assert "Your &lt;U+202E&gt;order" in shown
    assert "Hello&lt;U+200B&gt; there." in shown
    assert "X-Ticket 4711" in shown
    assert "a.pdf, application/pdf, 4 octets" in shown
    assert "every send of this mailbox waits for a person" in shown


@pytest.mark.rule("B13")
async def test_no_word_of_an_agent_is_ever_more_than_text(pages: Pages) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><form>"
    pages.held(
        Draft(
            to=(Party("jane@peer.test", "<b>Jane</b>"),),
            subject=evil,
            text=evil,
            html=evil,
            headers=(("X-Note", evil),),
            attachments=(File("<svg onload=alert(1)>.txt", "text/plain", b"x"),),
        )
    )
    page = (await pages.look(pages.link(pages.notices()[0]))).text
    for tag in ("<script>", "<img", "<svg", "<b>"):
        assert tag not in page
    assert page.count("<form") == 1
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4


@pytest.mark.rule("D5")
async def test_nothing_loads_from_elsewhere_and_nobody_frames_a_page(pages: Pages) -> None:
    pages.held()
    link = pages.link(pages.notices()[0])
    for path in (f"/approve/{link.look}", "/approve/page.css", "/approve/code.js", "/approve/nothing"):
        headers = (await pages.http.get(path)).headers
        policy = headers["content-security-policy"]
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"):
            assert rule in policy
        assert "unsafe" not in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.rule("D5")
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "http://mail.gateway.test"},
        {"origin": "null", "sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
async def test_an_answer_that_another_site_sends_is_refused_even_with_the_code(
    pages: Pages, headers: dict[str, str]
) -> None:
    passed = pages.held()
    link = pages.link(pages.notices()[0])
    assert (await pages.answer(link, **headers)).status_code == 403
    assert state(pages, passed) is ApprovalState.PENDING


@pytest.mark.rule("D5")
async def test_the_pages_answer_under_their_own_name_alone(pages: Pages) -> None:
    passed = pages.held()
    link = pages.link(pages.notices()[0])
    for host in ("evil.test", "127.0.0.1:8420", "mail.gateway.test:444"):
        assert (await pages.answer(link, host=host)).status_code == 421
    assert state(pages, passed) is ApprovalState.PENDING
    good = await pages.answer(link, origin=URL, sec_fetch_site="same-origin")
    assert (good.status_code, state(pages, passed)) == (200, ApprovalState.APPROVED)


async def test_ids_open_no_page(pages: Pages) -> None:
    passed = pages.held()
    assert passed.approval is not None
    pages.notices()
    for name in (passed.approval.id, passed.message.id, "", "0" * 26, "../x", "x" * 5000):
        answer = await pages.http.get(f"/approve/{name}")
        assert answer.status_code == 404
        assert "order" not in answer.text


async def test_a_form_that_no_page_makes_is_refused(pages: Pages) -> None:
    pages.held()
    link = pages.link(pages.notices()[0])
    path = f"/approve/{link.look}"
    before = pages.house.rows()
    assert (await pages.answer(link, "perhaps")).status_code == 422
    assert (await pages.http.post(path, content=b"why=" + b"x" * 20_000)).status_code == 413
    assert (await pages.http.post(path, content=b"\xff\xfe\0")).status_code == 422
    assert (await pages.http.request("DELETE", path)).status_code == 405
    assert pages.house.rows() == before


async def test_what_the_gate_stops_after_a_yes_is_said(pages: Pages) -> None:
    passed = pages.held()
    link = pages.link(pages.notices()[0])
    domain = pages.house.see(lambda tx: tx.domains.find(name="example.com"))
    assert domain is not None
    pages.house.look(domain, owned=False)
    said = words(await pages.answer(link))
    assert "it did not leave" in said
    assert pages.house.message(passed.message.id).state is MessageState.BLOCKED


async def test_the_log_holds_neither_secret(pages: Pages) -> None:
    pages.held()
    link = pages.link(pages.notices()[0])
    with structlog.testing.capture_logs() as logs:
        await pages.look(link)
        await pages.answer(link)
    assert logs
    assert link.look not in str(logs)
    assert link.code not in str(logs)

"""Whether a person wrote a mail."""

import pytest

from loftbox_cli.core.automation import recognise
from loftbox_cli.core.mail_report import ReportKind
from loftbox_cli.core.reading import Automation


@pytest.mark.parametrize(
    ("headers", "automation"),
    [
        ([], Automation.NONE),
        ([("Auto-Submitted", "no")], Automation.NONE),
        ([("Auto-Submitted", "auto-replied (vacation)")], Automation.AUTO_REPLIED),
        ([("Auto-Submitted", "auto-replied; owner-email=x@example.com")], Automation.AUTO_REPLIED),
        ([("auto-submitted", "Auto-Replied")], Automation.AUTO_REPLIED),
        ([("Auto-Submitted", "auto-generated")], Automation.AUTO_GENERATED),
        ([("Auto-Submitted", "something-new")], Automation.AUTO_GENERATED),
        ([("X-Autoreply", "yes")], Automation.AUTO_REPLIED),
        ([("Precedence", "auto_reply")], Automation.AUTO_REPLIED),
        ([("X-Auto-Response-Suppress", "All")], Automation.AUTO_GENERATED),
        ([("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply")], Automation.AUTO_GENERATED),
        ([("List-Id", "<team.example.com>")], Automation.LIST),
        ([("Precedence", "bulk")], Automation.LIST),
        ([("Precedence", "normal")], Automation.NONE),
        (
            [("Content-Type", "multipart/report; report-type=delivery-status; boundary=x")],
            Automation.BOUNCE,
        ),
        (
            [("Content-Type", "multipart/report; report-type=disposition-notification; boundary=x")],
            Automation.AUTO_GENERATED,
        ),
        ([("X-LoftBox-Loop", "other.example")], Automation.NONE),
        ([("Auto-Submitted", "auto-replied"), ("X-LoftBox-Loop", "Example.ORG")], Automation.OWN),
    ],
)
def test_the_header_tells_who_wrote_it(headers: list[tuple[str, str]], automation: Automation) -> None:
    assert recognise(headers, own={"example.org"}).automation is automation


def test_a_mail_without_a_return_path_is_never_from_a_person() -> None:
    assert (
        recognise([("From", "Jane <jane@example.com>")], null_sender=True).automation
        is Automation.AUTO_GENERATED
    )
    assert (
        recognise([("From", "MAILER-DAEMON@mx.example.com")], null_sender=True).automation
        is Automation.BOUNCE
    )
    assert (
        recognise([("Auto-Submitted", "auto-replied")], null_sender=True).automation
        is Automation.AUTO_REPLIED
    )


@pytest.mark.parametrize(
    ("headers", "automation"),
    [
        ([("X-MS-Exchange-Inbox-Rules-Loop", "jane@example.com")], Automation.AUTO_REPLIED),
        ([("X-Autorespond", "")], Automation.AUTO_REPLIED),
        ([("Delivered-To", "Autoresponder")], Automation.AUTO_REPLIED),
        ([("X-POST-MessageClass", "9; Autoresponder")], Automation.AUTO_REPLIED),
        ([("X-Autoreply", "no")], Automation.NONE),
        ([("X-FC-MachineGenerated", "true")], Automation.AUTO_GENERATED),
        ([("X-Mailer", "vacation 1.2.7")], Automation.AUTO_REPLIED),
        ([("X-Delivery-Agent", "TMDA/1.0.3")], Automation.AUTO_REPLIED),
        ([("From", "Shop <no-reply@shop.example>")], Automation.AUTO_GENERATED),
        ([("From", "Norma Reply <norma.reply@shop.example>")], Automation.NONE),
        ([("Feedback-ID", "1:campaign:shop:example")], Automation.LIST),
        ([("List-Id", "<x.example>"), ("Auto-Submitted", "auto-generated")], Automation.LIST),
    ],
)
def test_vendors_say_it_in_fields_of_their_own(
    headers: list[tuple[str, str]], automation: Automation
) -> None:
    assert recognise(headers).automation is automation


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Your order",
        "Out of Office: Your order",
        "Abwesenheitsnotiz: Ihre Bestellung",
        "Réponse automatique : Votre commande",
        "Respuesta automática: Su pedido",
        "Risposta automatica: il suo ordine",
        "Resposta automática: pedido",
        "Automatisch antwoord: uw bestelling",
        "Automatyczna odpowiedź: zamówienie",
        "Autosvar: din beställning",
        "Автоматический ответ: Заказ",
        "自动回复: 订单",
        "自動返信: ご注文",
        "자동 회신: 주문",
    ],
)
def test_an_away_notice_without_any_field_is_known_by_its_subject(subject: str) -> None:
    found = recognise([("From", "Jane <jane@example.com>")], subject=subject)
    assert found.automation is Automation.AUTO_REPLIED
    assert found.evidence == f"Subject: {subject}"


@pytest.mark.parametrize(
    "subject", ["Re: Automatic reply: Your order", "The automatic reply you sent", "Office hours", ""]
)
def test_a_person_may_speak_of_away_notices(subject: str) -> None:
    assert recognise([], subject=subject).automation is Automation.NONE


def test_the_verdict_names_what_said_so() -> None:
    assert recognise([("Auto-Submitted", "auto-replied")]).evidence == "Auto-Submitted: auto-replied"
    assert recognise([], null_sender=True).evidence == "null sender"
    assert recognise([]).evidence == ""


def test_a_report_is_a_bounce_only_when_it_is_about_a_delivery() -> None:
    assert recognise([], report=ReportKind.DELIVERY_STATUS).automation is Automation.BOUNCE
    assert recognise([], report=ReportKind.READ_RECEIPT).automation is Automation.AUTO_GENERATED
    assert recognise([], report=ReportKind.COMPLAINT).automation is Automation.AUTO_GENERATED

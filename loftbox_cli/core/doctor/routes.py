"""What is judged about the way out: smarthosts that let us in, and whether DANE protects mail."""

from collections.abc import Iterable, Iterator

from loftbox_cli.core.delivery import words_of
from loftbox_cli.core.doctor.check import Check, Health
from loftbox_cli.core.events import spell_time
from loftbox_cli.core.report import Report
from loftbox_cli.core.smarthost_login import NEXT_STEP, LoginRefused


def judge_logins(refused: Iterable[LoginRefused]) -> Iterator[Check]:
    """Judge the smarthosts that refuse our login."""
    for each in refused:
        yield Check(
            "smarthost",
            Health.WRONG,
            f"{each.smarthost} refuses our login since {spell_time(each.since)}: {each.words}",
            NEXT_STEP,
        )


def judge_smarthost(name: str, report: Report | None) -> Check:
    """Judge a session that was opened with a smarthost, up to the login; None when it lies at no address."""
    if report is not None and report.said is None and not report.fault:
        tls = f"with {report.tls}" if report.tls else "without TLS"
        return Check("smarthost", Health.OK, f"{name} answers, {tls}, and lets us in")
    said = words_of(report) if report is not None else "it has no address"
    stage = f" at {report.stage}" if report is not None else ""
    return Check(
        "smarthost",
        Health.WRONG,
        f"{name} cannot be used{stage}: {said}",
        "look at its name, certificate and password: loftbox domain set, or delivery.next_hop",
    )


def judge_dane(validates: bool | None) -> Check:
    """Judge whether DNS answers are checked on this machine, without which DANE is off (RFC 7672 2.1)."""
    if validates is None:
        return Check("dane", Health.UNKNOWN, "not known: DNS did not answer for the root")
    if validates:
        return Check("dane", Health.OK, "DANE is on: the resolver on this machine validates DNSSEC")
    return Check(
        "dane",
        Health.OK,
        "DANE is off: resolver not validating; one on loopback, named in dns.servers, would turn it on",
    )

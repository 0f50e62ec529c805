"""The checklist of the large providers."""

import pytest

from loftbox_cli.core.domain import Checked
from loftbox_cli.core.provider_rules import DEMANDS, Need, Provider
from loftbox_cli.core.requirements import Standing, requirements

MET, NOT_MET, UNKNOWN, NOT_NEEDED = Standing


def found(purpose: str, verdict: str = "ok", observed: tuple[str, ...] = ()) -> Checked:
    problem, mend = ("", "") if verdict == "ok" else (f"{purpose} is amiss", f"mend {purpose}")
    return Checked(purpose, f"{purpose}.example", "TXT", "", False, verdict, observed, problem, mend)


def all_good(**verdicts: str) -> list[Checked]:
    purposes = ("return_path_spf", "dkim", "dmarc", "reverse")
    return [found(purpose, verdicts.get(purpose, "ok")) for purpose in purposes]


def standings(findings: list[Checked], provider: Provider = Provider.GMAIL) -> dict[Need, Standing]:
    return {
        each.demand.need: each.judgement.standing
        for each in requirements(findings)
        if each.demand.provider is provider
    }


def test_a_domain_with_everything_meets_all_but_what_only_the_provider_knows() -> None:
    for provider in Provider:
        by_need = standings(all_good(), provider)
        open_ = {need for need, standing in by_need.items() if standing not in (MET, NOT_NEEDED)}
        assert open_ == {Need.SPAM_RATE}


def test_one_click_unsubscribe_is_not_needed_for_operational_mail() -> None:
    assert standings(all_good())[Need.ONE_CLICK] is NOT_NEEDED


def test_each_provider_asks_for_authentication_and_a_reverse_name() -> None:
    for provider in Provider:
        asked = {demand.need for demand in DEMANDS if demand.provider is provider}
        assert {Need.SPF, Need.DKIM, Need.DMARC, Need.ALIGNED, Need.REVERSE} <= asked


@pytest.mark.parametrize(
    ("purpose", "need"),
    [
        ("return_path_spf", Need.SPF),
        ("dkim", Need.DKIM),
        ("dmarc", Need.DMARC),
        ("reverse", Need.REVERSE),
    ],
)
@pytest.mark.parametrize(
    ("verdict", "standing"),
    [("missing", NOT_MET), ("wrong", NOT_MET), ("no_answer", UNKNOWN), ("warning", MET)],
)
def test_a_record_meets_its_requirement_or_says_how_to_mend_it(
    purpose: str, need: Need, verdict: str, standing: Standing
) -> None:
    findings = all_good(**{purpose: verdict})
    (judged,) = {each.judgement for each in requirements(findings) if each.demand.need is need}
    assert judged.standing is standing
    assert judged.fact == f"{purpose} is amiss"
    assert (judged.fix == f"mend {purpose}") is (standing is not MET)


def test_either_spf_or_dkim_is_enough_for_small_senders() -> None:
    assert standings(all_good(dkim="missing"))[Need.SPF_OR_DKIM] is MET
    assert standings(all_good(return_path_spf="wrong"))[Need.SPF_OR_DKIM] is MET
    assert standings(all_good(dkim="wrong", return_path_spf="wrong"))[Need.SPF_OR_DKIM] is NOT_MET


def test_spf_aligns_unless_the_domain_asks_for_the_same_name() -> None:
    by_spf = all_good(dkim="missing")
    assert standings(by_spf)[Need.ALIGNED] is MET
    strict = [*by_spf[:2], found("dmarc", "ok", ("v=DMARC1; p=none; aspf = s",)), by_spf[3]]
    assert standings(strict)[Need.ALIGNED] is NOT_MET


def test_without_a_look_or_behind_a_smarthost_it_cannot_be_known() -> None:
    assert set(standings([]).values()) == {MET, UNKNOWN, NOT_NEEDED}
    behind = [each for each in requirements(all_good()[:3]) if each.demand.need is Need.REVERSE]
    assert {each.judgement.standing for each in behind} == {UNKNOWN}
    assert "smarthost" in behind[0].judgement.fact

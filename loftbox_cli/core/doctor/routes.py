"""What is judged about the way out: smarthosts that let us in, and whether DANE protects mail."""

from collections.abc import Iterator, Mapping

from loftbox_cli.core.doctor.check import Check, Health


def judge_logins(refused: Mapping[str, Mapping[str, str]]) -> Iterator[Check]:
    """Judge the smarthosts that refuse our login; `refused` says since when and in which words."""
    for smarthost, said in refused.items():
        yield Check(
            "smarthost",
            Health.WRONG,
            f"{smarthost} refuses our login since {said['since']}: {said['words']}",
            "set it again with the right password: loftbox domain set, or delivery.next_hop_password_file",
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

"""What is judged about outbound port 25, through which mail leaves (RFC 5321 section 4.5.4.2).

Many providers of machines block it. Then every connection ends in silence, or the
network itself says no; a peer that refuses a connection has been reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from loftbox_cli.core.doctor.check import Check, Health

NAME = "port 25"
_HELP = "ask whoever runs this machine's network to open outbound port 25, or send through a smarthost"


class End(StrEnum):
    """How a call ended."""

    OPEN = "open"
    REFUSED = "refused"
    SILENT = "silent"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Call:
    """One address that was dialed. `words` are its greeting, or what the system said."""

    host: str
    address: str
    end: End
    words: str = ""

    def __str__(self) -> str:
        return f"{self.host} [{self.address}]"


def judge_calls(calls: Sequence[Call]) -> Check:
    """Judge by every address that was dialed: one that answers is proof enough."""
    by_end = {end: [call for call in calls if call.end is end] for end in End}
    if answered := by_end[End.OPEN]:
        return Check(NAME, Health.OK, f"outbound port 25 is open: {answered[0]} said {answered[0].words}")
    if refused := by_end[End.REFUSED]:
        return Check(
            NAME,
            Health.WARNING,
            f"{refused[0]} refused the connection: somebody there was reached, so the port is not blocked",
            "name another mail server in doctor.probe",
        )
    if silent := by_end[End.SILENT]:
        return Check(
            NAME,
            Health.WRONG,
            f"outbound port 25 seems to be blocked: {', '.join(map(str, silent))} stayed silent",
            _HELP,
        )
    if unreachable := by_end[End.UNREACHABLE]:
        return Check(NAME, Health.WRONG, f"no way leads to {unreachable[0]}: {unreachable[0].words}", _HELP)
    return not_dialed("no address of a mail server was found to dial")


def not_dialed(why: str) -> Check:
    """Tell that no call was made."""
    return Check(NAME, Health.NOT_ASKED, f"not dialed: {why}", "name a mail server of others in doctor.probe")


def not_needed() -> Check:
    """Tell that all mail leaves another way."""
    return Check(NAME, Health.NOT_ASKED, "not dialed: all mail leaves through a smarthost")

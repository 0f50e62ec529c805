"""What Gmail, Yahoo and Microsoft ask of those who send to them, as data.

Google since February 2024, Yahoo since February 2024, Microsoft's consumer mail since
May 2025. They count by the organisation's domain, and what they ask of large senders
keeps small ones out of trouble, so LoftBox sets all of it up from the first day.
"""

from dataclasses import dataclass
from enum import StrEnum


class Provider(StrEnum):
    """Who asks."""

    GMAIL = "gmail"
    YAHOO = "yahoo"
    MICROSOFT = "microsoft"


class Need(StrEnum):
    """What is asked for; the words are for people."""

    SPF_OR_DKIM = "SPF or DKIM"
    SPF = "SPF"
    DKIM = "DKIM"
    DMARC = "DMARC, at least p=none"
    ALIGNED = "From aligned with SPF or DKIM"
    REVERSE = "reverse and forward name"
    TLS = "TLS"
    FORMAT = "form of RFC 5322"
    OWN_FROM = "From of an own domain"
    ONE_CLICK = "one-click unsubscribe"
    SPAM_RATE = "few spam complaints"


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that one provider asks of everybody, or of those who send `above` so much."""

    provider: Provider
    need: Need
    above: str = ""


_MANY = {
    Provider.GMAIL: "5,000 a day",
    Provider.YAHOO: "bulk, no number is given",
    Provider.MICROSOFT: "5,000 a day",
}
_OF_ALL = {
    Need.SPF_OR_DKIM: (Provider.GMAIL, Provider.YAHOO),
    Need.REVERSE: tuple(Provider),
    Need.TLS: (Provider.GMAIL,),
    Need.FORMAT: (Provider.GMAIL,),
    Need.OWN_FROM: (Provider.GMAIL,),
    Need.SPAM_RATE: tuple(Provider),
}
_OF_MANY = {
    Need.SPF: tuple(Provider),
    Need.DKIM: tuple(Provider),
    Need.DMARC: tuple(Provider),
    Need.ALIGNED: tuple(Provider),
    Need.ONE_CLICK: (Provider.GMAIL, Provider.YAHOO),
}

DEMANDS = (
    *(Demand(provider, need) for need, providers in _OF_ALL.items() for provider in providers),
    *(
        Demand(provider, need, _MANY[provider])
        for need, providers in _OF_MANY.items()
        for provider in providers
    ),
)

# Where a provider tells a sender how often its mail is called spam.
SPAM_RATES = {
    Provider.GMAIL: "watch it in Google's Postmaster Tools: below 0.1 %, and never 0.3 %",
    Provider.YAHOO: "enrol the DKIM domain in Yahoo's complaint feedback loop: below 0.3 %",
    Provider.MICROSOFT: "enrol the address in Microsoft's SNDS and JMRP",
}

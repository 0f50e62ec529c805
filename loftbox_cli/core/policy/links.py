"""The links of a message, as far as a policy asks about them: how many, and to which hosts."""

import re
from collections import Counter

# Whatever could be clicked: with a scheme, or as mail programs guess it. A host ends where no host goes on.
_LINK = re.compile(
    r"(?:https?:/{0,3}|ftp://|//|\bwww(?=\.))(?:[^\s/@<>\"']{0,256}@)?([^\s/?#:<>\"')\]]{1,255})",
    re.IGNORECASE,
)
MOST = 1_000


def link_hosts(text: str, html: str) -> Counter[str]:
    """Count the links to each host, in lower case; what stands in both is counted once for each."""
    found: Counter[str] = Counter()
    for body in (text, html):
        for number, match in enumerate(_LINK.finditer(body)):
            if number == MOST:
                break
            host = match[1].casefold().strip(".,;!")
            found["www." + host.lstrip(".") if match[0].casefold().startswith("www") else host] += 1
    return found

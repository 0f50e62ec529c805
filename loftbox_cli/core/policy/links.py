"""The links of a message, as far as a policy asks about them: how many, and to which hosts.

A link is read as a browser reads it (WHATWG URL Standard, section 4.4): tabs and line
breaks within it do not count, a backslash is a slash, the host ends where path, query or
fragment begin, and is decoded before it is looked up. Who reads it otherwise takes the
host that an agent shows for the one that it leads to.
"""

import re
from collections import Counter
from html import unescape
from unicodedata import normalize
from urllib.parse import unquote

from loftbox_cli.core.invisible import visible

# Whatever could be clicked: with a scheme, or as mail programs guess it. A host ends where no host goes on.
_LINK = re.compile(
    r"(?:https?:[/\\]{0,3}|ftp://|//|\bwww(?=\.))"
    r"(?:[^\s/\\?#@<>\"']{0,256}@)?"
    r"([^\s/\\?#:<>\"')\]]{1,255})",
    re.IGNORECASE,
)
# Within HTML a browser takes out what the bounded runs here skip.
_BREAK = r"[\t\r\n]{0,8}"
_BROKEN = re.compile(
    rf"h{_BREAK}t{_BREAK}t{_BREAK}p({_BREAK}s)?{_BREAK}:(?:{_BREAK}[/\\]){{0,3}}", re.IGNORECASE
)
_SLASHES = re.compile(rf"[/\\]{_BREAK}[/\\]{_BREAK}")
MOST = 1_000
MOST_HTML = 1024 * 1024  # characters; the store waits while they are read


def link_hosts(text: str, html: str) -> Counter[str] | None:
    """Count the links to each host, in lower case; what stands in both is counted once for each.

    None when there are more than anybody counts, or more HTML than anybody reads: then nobody
    knows where all of them lead.
    """
    if len(html) > MOST_HTML:
        return None
    found: Counter[str] = Counter()
    for body in (text, _as_followed(html)):
        for number, match in enumerate(_LINK.finditer(body)):
            if number == MOST:
                return None
            host = _decoded(match[1])
            found["www." + host.lstrip(".") if match[0].casefold().startswith("www") else host] += 1
    return found


def _as_followed(html: str) -> str:
    """HTML with the beginnings of its links as a browser takes them."""
    if "&" in html:
        html = unescape(html)
    html = _BROKEN.sub(lambda scheme: "".join(scheme[0].split()).replace("\\", "/"), html)
    return _SLASHES.sub("//", html)


def _decoded(host: str) -> str:
    seen, _ = visible(unquote(host))
    return normalize("NFKC", seen).replace("\u3002", ".").casefold().strip(".,;!")

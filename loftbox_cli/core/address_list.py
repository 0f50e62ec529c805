"""Reading an address list as others wrote it (RFC 5322 section 3.4), obsolete forms included.

Structure comes first: quotes, comments and angle brackets are found in the text as it
stands, and encoded words are decoded in names only, afterwards. Otherwise an @ or a
comma out of an encoded word would make an address of it. What does not fit is named
as a defect, and every address that some reader might see is listed.
"""

import re
from dataclasses import dataclass, field

from loftbox_cli.core import encoded_word
from loftbox_cli.core.address import parse_address, parse_domain
from loftbox_cli.core.errors import BadAddress
from loftbox_cli.core.reading import Party

MAX_MAILBOXES = 1_000

_SPECIAL = frozenset('"(<,:;\\')
_TEXT = re.compile(r'[^"(<,:;\\]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_IN_COMMENT = re.compile(r"[()\\]")
_ROUTE = re.compile(r"@[^:<>]*:")
# Wider than what we write to: quoted local parts and UTF-8 (RFC 6532) may be read.
_LOCAL = re.compile(r'(?:"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*+"|[^\s<>@,;:"()\[\]\\\x00-\x1f\x7f]+)')
# Such as root@localhost, or a name with an underscore: seen, though nothing is ever sent there.
_DOMAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,20}")


@dataclass(slots=True)
class _Mailbox:
    """The mailbox that is being read."""

    phrase: list[str] = field(default_factory=list)
    angles: list[str] = field(default_factory=list)
    comment: str = ""
    trailing: bool = False

    def __bool__(self) -> bool:
        return bool(self.angles) or any(piece.strip() for piece in self.phrase)


def scan(value: str) -> tuple[tuple[Party, ...], tuple[str, ...]]:
    """Read an unfolded, undecoded field; answer its mailboxes and its defects. Never raises."""
    return _Scan(value).run()


class _Scan:
    def __init__(self, value: str) -> None:
        self.value = value
        self.at = 0
        self.mailbox = _Mailbox()
        self.ended = 0
        self.found: list[Party] = []
        self.defects: dict[str, None] = {}

    def run(self) -> tuple[tuple[Party, ...], tuple[str, ...]]:
        while self.at < len(self.value) and self.ended < MAX_MAILBOXES:
            self._step(self.value[self.at])
        if self.at < len(self.value):
            self.defects["addresses_truncated"] = None
        self._emit()
        return tuple(self.found), tuple(self.defects)

    def _step(self, char: str) -> None:
        if char not in _SPECIAL:
            self._text()
        elif char == '"':
            self._quoted()
        elif char == "(":
            self._comment()
        elif char == "<":
            self._angle()
        elif char == "\\":
            self.mailbox.phrase.append(self.value[self.at + 1 : self.at + 2])
            self.at += 2
        else:
            # A group's name and its colon are structure (section 3.4), as are "," and ";".
            if char == ":" and not self.mailbox.angles:
                self.mailbox = _Mailbox()
            self._emit()
            self.at += 1

    def _text(self) -> None:
        match = _TEXT.match(self.value, self.at)
        text = match[0] if match else self.value[self.at]
        self.mailbox.phrase.append(text)
        self.mailbox.trailing = self.mailbox.trailing or (bool(self.mailbox.angles) and bool(text.strip()))
        self.at += len(text)

    def _quoted(self) -> None:
        match = _QUOTED.match(self.value, self.at)
        if match is None:
            self.defects["address_open_quote"] = None
            self.at += 1
            return
        nearby = self.value[match.end() : match.end() + 1]
        # `"a b"@c` is a quoted local part, not a name.
        self.mailbox.phrase.append(match[0] if nearby == "@" else _ESCAPED.sub(r"\1", match[1]))
        self.mailbox.trailing = self.mailbox.trailing or bool(self.mailbox.angles)
        self.at = match.end()

    def _comment(self) -> None:
        depth, start = 1, self.at + 1
        self.at = start
        while depth:
            match = _IN_COMMENT.search(self.value, self.at)
            if match is None:
                self.defects["address_open_comment"] = None
                self.at = len(self.value)
                return
            depth += {"(": 1, ")": -1}.get(match[0], 0)
            self.at = match.end() + (match[0] == "\\")
        self.mailbox.comment = self.value[start : self.at - 1]

    def _angle(self) -> None:
        end = self.value.find(">", self.at)
        if end < 0:
            self.defects["address_open_angle"] = None
            end = len(self.value)
        self.mailbox.angles.append(self.value[self.at + 1 : end])
        self.at = end + 1

    def _emit(self) -> None:
        mailbox, self.mailbox = self.mailbox, _Mailbox()
        if not mailbox:
            return
        self.ended += 1
        text = " ".join("".join(mailbox.phrase).split())
        if not mailbox.angles:
            self._add(text, mailbox.comment.strip())
            return
        if mailbox.trailing or len(mailbox.angles) > 1:
            self.defects["address_trailing_text"] = None
        for angle in mailbox.angles:
            routed = _ROUTE.match(angle.strip())
            if routed:
                self.defects["address_route"] = None
            self._add(angle.strip()[routed.end() if routed else 0 :], text)

    def _add(self, spec: str, name: str) -> None:
        address = _readable(spec)
        if address:
            self.found.append(Party(address, encoded_word.decode(name)))
        else:
            self.defects["address_invalid"] = None


def _readable(spec: str) -> str:
    """The address in the form that policies compare, or as it stands, or "" when it is none."""
    try:
        return str(parse_address(spec))
    except BadAddress:
        pass
    local, at, domain = spec.rpartition("@")
    if not at or len(local) > 256 or not _LOCAL.fullmatch(local):
        return ""
    try:
        return f"{local}@{parse_domain(domain)}"
    except BadAddress:
        return f"{local}@{domain.lower()}" if _DOMAIN.fullmatch(domain.lower()) else ""

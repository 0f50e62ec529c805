"""Words of a message that can be found, and a question for some of them.

A question is words and nothing else: quotes, AND, NEAR, * and colons are plain text.
Every word has to be there; a word of three letters or more also finds longer ones
that begin with it. Scripts that put no spaces between words are taken character by
character, so that any part of a sentence is found. Case and accents do not count.
"""

import re
import unicodedata
from dataclasses import dataclass

from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.message import Message
from loftbox_cli.core.plain_text import plain_line

MAX_TEXT = 16_384  # characters of a text that are indexed: what is further down is mostly quoted
MAX_PEOPLE = 4_096  # of its addresses and names
MAX_SUBJECT = 998
MAX_QUESTION = 400
MAX_WORDS = 20
PREFIX = 3  # from so many letters on, a word finds longer ones

SNIPPET = 160
_BEFORE = 40  # characters of a snippet before what was found

# Thai and its neighbours, kana, Han and Hangul.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])"
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Indexed:
    """What is indexed of one message."""

    subject: str
    people: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """The words that somebody looks for; each is one or more terms that follow each other."""

    words: tuple[str, ...]


def indexed(message: Message) -> Indexed:
    """Take from a message what can be found; of a long text the beginning."""
    parties = (*message.from_, *message.to, *message.cc, *message.bcc)
    people = " ".join(f"{party.name} {party.address}" for party in parties)
    return Indexed(
        _spaced(message.subject[:MAX_SUBJECT]),
        _spaced(people[:MAX_PEOPLE]),
        _spaced(message.text[:MAX_TEXT]),
    )


def question(text: str) -> Question:
    """Read what somebody typed; raises BadInput when there is no word in it, or too much of it."""
    if len(text) > MAX_QUESTION:
        raise BadInput(
            f"a search has at most {MAX_QUESTION} characters", fix="look for fewer words", field="q"
        )
    words = tuple(dict.fromkeys(_spaced(word).strip() for word in text.split() if _has_letter(word)))
    if not words:
        raise BadInput("there is no word to look for", fix="name one or more words", field="q")
    if len(words) > MAX_WORDS:
        raise BadInput(f"a search has at most {MAX_WORDS} words", fix="look for fewer words", field="q")
    return Question(words)


def snippet(message: Message, wanted: Question) -> str:
    """One line of a message around the first word that is found in its text, safe to be shown."""
    text = plain_line(message.text[:MAX_TEXT])
    folded = _folded(text)
    words = [_folded(_UNSPACED.sub(r"\1", word).replace(" ", "")) for word in wanted.words]
    places = [place for word in words if word and (place := folded.find(word)) >= 0]
    start = max(0, min(places, default=0) - _BEFORE)
    if start:
        start = text.rfind(" ", max(0, start - _BEFORE), start) + 1 or start
    shown = " ".join(text[start : start + SNIPPET].split())
    return ("… " if start else "") + shown + (" …" if start + SNIPPET < len(text) else "")


def _spaced(text: str) -> str:
    if text.isascii():
        return text.replace("\0", " ")
    plain = unicodedata.normalize("NFKC", _LONE_SURROGATE.sub(" ", text)).replace("\0", " ")
    return _UNSPACED.sub(r" \1 ", plain)


def _has_letter(word: str) -> bool:
    return any(unicodedata.category(each)[0] in "LN" for each in word)


class _Folds(dict[int, str]):
    """Each character without its case and accents, and still one character."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code))[0].lower()
        self[code] = plain if len(plain) == 1 else chr(code)
        return self[code]


_FOLDS = _Folds()


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_FOLDS)

"""The kinds of value that a setting can have: how each is read, checked and spelled.

A kind takes the value as TOML gives it. What comes as words, from the environment
or a flag, is brought to the TOML form first: lists are split at commas. `read`
raises ValueError; the sentence about it is made where key and place are known.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from loftbox_cli.core.duration import parse_duration, spell_duration
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.smarthost import Smarthost, parse_smarthost

T = TypeVar("T")

TomlValue = str | int | bool | list[str]

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOSTNAME = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)+{_LABEL}")
_ANY_HOST = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)*{_LABEL}")
_ADDRESS = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@({_LABEL}\.)+{_LABEL}")
_SIZE = re.compile(r"([0-9]{1,12})\s?(KiB|MiB|GiB)?")
# More of them mostly repeat each other, and each one learns our address.
MOST_BLOCK_LISTS = 2
_UNITS = {None: 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """One kind; `what` completes "must be ..."."""

    what: str
    read: Callable[[Any], T]
    words: Callable[[str], Any] = str
    spell: Callable[[T], TomlValue] = str


def choice(*words: str) -> Kind[str]:
    """One of a few words."""
    return Kind(f"one of {', '.join(words)}", lambda value: _one_of(value, words))


def _one_of(value: Any, words: tuple[str, ...]) -> str:
    if value not in words:
        raise ValueError
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError
    return value


def _whole(value: Any) -> int:
    # bool is an int in Python, and not a number for anybody else.
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError
    return value


def _count(value: Any) -> int:
    if not _whole(value):
        raise ValueError
    return int(value)


def _port(value: Any) -> int:
    if _whole(value) > 65535:
        raise ValueError
    return int(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one exception for every bad value
    return value


def _flag_words(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _size(value: Any) -> int:
    match = _SIZE.fullmatch(str(value))
    if isinstance(value, bool) or match is None or int(match[1]) == 0:
        raise ValueError
    return int(match[1]) * _UNITS[match[2]]


def _spell_size(octets: int) -> TomlValue:
    for unit in ("GiB", "MiB", "KiB"):
        if octets % _UNITS[unit] == 0:
            return f"{octets // _UNITS[unit]} {unit}"
    return octets


def _duration(value: Any) -> timedelta:
    return parse_duration(_text(value))


def _span(value: Any) -> timedelta:
    if not (span := _duration(value)):
        raise ValueError
    return span


def _path(value: Any) -> Path | None:
    text = _text(value)
    if not text:
        return None
    path = Path(text).expanduser()
    if not path.is_absolute():
        raise ValueError
    return path


def _hostname(value: Any) -> str:
    text = _text(value).lower().removesuffix(".")
    if text and (not _HOSTNAME.fullmatch(text) or text.rsplit(".", 1)[1].isdecimal()):
        raise ValueError
    return text


def _host(value: Any) -> str:
    text = _text(value).lower()
    return _known_host(text) if text else ""


def _known_host(text: str) -> str:
    if _ANY_HOST.fullmatch(text):
        return text
    return str(ip_address(text))


def _address(value: Any) -> str:
    text = _text(value)
    if text and not _ADDRESS.fullmatch(text.lower()):
        raise ValueError
    return text


def host_and_port(text: str, default: int | None = None) -> tuple[str, int]:
    """Take "host:port" or "[address]:port" apart; raises ValueError."""
    parts = urlsplit(f"//{text}")
    port = default if parts.port is None else parts.port
    if not port or parts.path or parts.query or parts.fragment or "@" in text:
        raise ValueError
    return _known_host(parts.hostname or ""), port


def _hop(value: Any) -> Smarthost | None:
    text = _text(value)
    return parse_smarthost(text) if text else None


def _server(value: Any) -> str:
    text = _text(value)
    if text.count(":") > 1 and not text.startswith("["):
        return str(ip_address(text))
    host_and_port(text, 53)
    return text


def _list_of(read: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    def read_list(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise ValueError  # noqa: TRY004 - one exception for every bad value
        return tuple(read(item) for item in value)

    return read_list


def _block_lists(value: Any) -> tuple[str, ...]:
    lists = _list_of(_hostname)(value)
    if len(lists) > MOST_BLOCK_LISTS or not all(lists):
        raise ValueError
    return lists


def _base_url(value: Any) -> str:
    text = _text(value).removesuffix("/")
    if not text:
        return ""
    url = urlsplit(text)
    loopback = url.hostname in ("127.0.0.1", "::1", "localhost")
    named = url.hostname and (loopback or _ANY_HOST.fullmatch(url.hostname))
    plain = url.username is None and not (url.path or url.query or url.fragment)
    if not named or not plain or url.scheme not in (("https", "http") if loopback else ("https",)):
        raise ValueError
    if url.port == 0:  # reading it raises for what is no port
        raise ValueError
    return f"{url.scheme}://{url.netloc.lower()}"


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")] if text.strip() else []


def _schedule(value: Any) -> tuple[timedelta, ...]:
    if not (waits := _list_of(_duration)(value)):
        raise ValueError
    return waits


def _strings(values: tuple[str, ...]) -> TomlValue:
    return list(values)


HOST = Kind("an IP address, a host name, or nothing", _host)
HOSTNAME = Kind('a full host name such as "mx.example.com"', _hostname)
ADDRESS = Kind('a mail address such as "ops@example.com"', _address)
PATH: Kind[Path | None] = Kind(
    "an absolute path", _path, spell=lambda path: "" if path is None else str(path)
)
PORT = Kind("a port, 0 to 65535", _port, words=int, spell=int)
COUNT = Kind("a whole number from 1", _count, words=int, spell=int)
FLAG = Kind("true or false", _flag, words=_flag_words, spell=bool)
SIZE = Kind('a size such as 26214400 or "25 MiB"', _size, spell=_spell_size)
DURATION = Kind('a duration such as "30s", "5m" or "1h30m"', _span, spell=spell_duration)
SCHEDULE: Kind[tuple[timedelta, ...]] = Kind(
    'a list of durations such as ["5m", "1h"]',
    _schedule,
    words=_words,
    spell=lambda waits: [spell_duration(wait) for wait in waits],
)
HOP: Kind[Smarthost | None] = Kind(
    'a server such as "smtps://user@smtp.example.com" or "host:port", or nothing',
    _hop,
    spell=lambda hop: "" if hop is None else str(hop),
)
SERVERS = Kind('a list of "host" or "host:port"', _list_of(_server), words=_words, spell=_strings)
ADDRESSES = Kind(
    "a list of IP addresses",
    _list_of(lambda item: str(ip_address(_text(item)))),
    words=_words,
    spell=_strings,
)
NETWORKS = Kind(
    'a list of networks such as ["10.0.0.0/8"]',
    _list_of(lambda item: str(ip_network(_text(item)))),
    words=_words,
    spell=_strings,
)

BLOCK_LISTS = Kind(
    f"a list of at most {MOST_BLOCK_LISTS} names of block lists",
    _block_lists,
    words=_words,
    spell=_strings,
)

BASE_URL = Kind("a URL like https://mail.example.com, without a path (http:// on loopback alone)", _base_url)

# What `read` and `words` raise for a bad value; BadInput is parse_duration's.
BAD_VALUE = (ValueError, KeyError, BadInput)

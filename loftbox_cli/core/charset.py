"""Which character sets we decode, and how what is wrong is still shown.

Python's codec registry also holds `unicode_escape`, `idna`, `utf-7` and others that
run a sender's bytes through something that is no character set of mail. So the
list is closed. Labels follow the IANA registry, WHATWG Encoding and what senders write.
"""

import codecs
import re

UTF8 = "utf-8"
_WESTERN = "cp1252"  # what a sender means who says ISO-8859-1 (WHATWG Encoding, section 4.2)
_JAPANESE = "iso2022_jp_ext"  # with the half-width kana that senders put under ISO-2022-JP

_ISO = (*range(2, 12), 13, 14, 15, 16)
_WINDOWS = range(1250, 1259)
_IBM = (437, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869)
_SAME = ("koi8-r", "koi8-u", "tis-620", "gb18030", "big5-hkscs", "utf-16", "utf-16le", "utf-16be", "utf-32")

# By labels in lower case whose "_" and spaces have become "-".
CODECS = {
    **dict.fromkeys(("utf-8", "utf8", "unicode-1-1-utf-8", "x-unicode20utf8", "utf8mb4", "csutf8"), UTF8),
    **dict.fromkeys(("us-ascii", "ascii", "ansi-x3.4-1968", "us", "646", "iso-ir-6", "csascii"), UTF8),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "8859-1", "latin1", "latin-1", "l1", "iso-ir-100"), _WESTERN),
    **{f"{label}{n}": f"iso8859-{n}" for label in ("iso-8859-", "iso8859-", "8859-") for n in _ISO},
    **{f"iso-8859-8-{order}": "iso8859-8" for order in "ie"},
    **{f"latin{n}": f"latin{n}" for n in range(2, 11)},
    **{
        f"{label}{n}": f"cp{n}" for label in ("windows-", "x-windows-", "win-", "cp", "cp-") for n in _WINDOWS
    },
    **{f"{label}{n}": f"cp{n}" for label in ("ibm", "ibm-", "cp", "cp-") for n in _IBM},
    **{name: name for name in _SAME},
    "koi8-ru": "koi8-u",
    "windows-874": "cp874",
    "cp874": "cp874",
    **dict.fromkeys(("macintosh", "mac-roman", "x-mac-roman", "mac"), "mac-roman"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac-cyrillic"),
    **dict.fromkeys(("gb2312", "gb-2312-80", "gbk", "x-gbk", "cp936", "ms936", "windows-936"), "gb18030"),
    **dict.fromkeys(("hz", "hz-gb-2312"), "hz"),
    **dict.fromkeys(("big5", "big5-eten", "x-x-big5", "cp950", "windows-950"), "big5hkscs"),
    **dict.fromkeys(("euc-jp", "x-euc-jp", "eucjp"), "euc-jp"),
    **dict.fromkeys(("shift-jis", "sjis", "x-sjis", "ms-kanji", "windows-31j", "cp932", "ms932"), "cp932"),
    **dict.fromkeys(("iso-2022-jp", "iso-2022-jp-1", "iso-2022-jp-ms", "jis"), _JAPANESE),
    "iso-2022-jp-2": "iso2022_jp_2",
    **dict.fromkeys(("euc-kr", "euckr", "cp949", "windows-949", "ks-c-5601-1987", "korean"), "cp949"),
    **dict.fromkeys(("ksc5601", "ksc-5601", "ks-c-5601", "ks-c-5601-1989"), "cp949"),
    "iso-2022-kr": "iso-2022-kr",
}

_MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)
_SHIFT = re.compile(rb"\x1b\$[@B]")  # into a Japanese set (RFC 1468)
_ASCII = ("", "us-ascii", "ascii")


def decode(octets: bytes, label: str) -> tuple[str, str]:
    """Decode `octets` and name the defect, "" for none. Never raises.

    An undeclared or unknown set is tried as UTF-8, then read as Windows-1252, so
    that an agent sees something and is told that it was guessed.
    """
    if not label and octets.isascii():
        return _ascii(octets, ""), ""
    label = label.strip(" \t\"'").lower().replace("_", "-").replace(" ", "-")
    codec = CODECS.get(label)
    if codec is not None and codec != UTF8:
        try:
            return octets.decode(codec), ""
        except UnicodeDecodeError:
            return octets.decode(codec, "replace"), "charset_wrong"
    if octets.isascii():
        return _ascii(octets, label), "charset_unknown" if label and codec is None else ""
    defect = "charset_wrong" if codec else "charset_unknown" if label else ""
    try:
        return octets.decode(UTF8), "" if codec else defect
    except UnicodeDecodeError:
        return octets.decode(_WESTERN, "replace"), defect or "charset_missing"


def decode_text(octets: bytes, label: str) -> tuple[str, str]:
    """Decode a body: a byte order mark outdoes the label (WHATWG Encoding, section 6.1)."""
    for mark, codec in _MARKS:
        if octets.startswith(mark):
            return octets[len(mark) :].decode(codec, "replace"), ""
    return decode(octets, label)


def _ascii(octets: bytes, label: str) -> str:
    """Seven bits without a set of their own may still be Japanese, which shifts by escape sequences."""
    if label in _ASCII and b"\x1b" in octets and _SHIFT.search(octets):
        return octets.decode(_JAPANESE, "replace")
    return octets.decode("ascii")

"""Which character sets we decode, and how what is wrong is still shown.

Python's codec registry also holds `unicode_escape`, `idna`, `utf-7` and others that
run a sender's bytes through something that is no character set of mail. So the
list is closed. Labels follow the IANA registry and what senders write.
"""

UTF8 = "utf-8"
_WESTERN = "cp1252"  # what a sender means who says ISO-8859-1 (WHATWG Encoding, section 4.2)

CODECS = {
    **dict.fromkeys(("us-ascii", "ascii", "utf-8", "utf8", "unicode-1-1-utf-8"), UTF8),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "cp1252"), _WESTERN),
    **{
        f"{label}{n}": f"iso8859-{n}"
        for label in ("iso-8859-", "iso8859-")
        for n in (*range(2, 12), 13, 14, 15, 16)
    },
    **{f"{label}{n}": f"cp{n}" for label in ("windows-", "cp") for n in range(1250, 1259)},
    **{name: name for name in ("koi8-r", "koi8-u", "cp437", "cp850", "cp866", "tis-620", "mac-roman")},
    **{name: name for name in ("gbk", "gb18030", "big5", "big5-hkscs", "hz-gb-2312")},
    **{
        name: name
        for name in ("euc-jp", "iso-2022-jp", "shift_jis", "cp932", "euc-kr", "cp949", "iso-2022-kr")
    },
    **{name: name for name in ("utf-16", "utf-16le", "utf-16be")},
    "gb2312": "gb18030",
    "hz-gb-2312": "hz",
    "macintosh": "mac-roman",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "ks_c_5601-1987": "cp949",
}


def decode(octets: bytes, label: str) -> tuple[str, str]:
    """Decode `octets` and name the defect, "" for none. Never raises.

    An undeclared or unknown set is tried as UTF-8, then read as Windows-1252, so
    that an agent sees something and is told that it was guessed.
    """
    codec = CODECS.get(label.strip().lower())
    if codec is not None:
        try:
            return octets.decode(codec), ""
        except UnicodeDecodeError:
            if codec != UTF8:
                return octets.decode(codec, "replace"), "charset_wrong"
    defect = "charset_wrong" if codec else "charset_unknown" if label.strip() else ""
    try:
        return octets.decode(UTF8), defect
    except UnicodeDecodeError:
        return octets.decode(_WESTERN, "replace"), defect or "charset_missing"

"""Which names before the @ we write to (RFC 5322 section 3.4.1, RFC 6531 section 3.3).

Of ASCII that is a dot-atom without the percent and bang signs that old relays read as
routes. Beyond ASCII an address may hold all of Unicode (RFC 6532 section 3.1), and much
of it is not what it looks like to the person who approves it. So the rule is that for
user names: letters, marks and digits of the IdentifierClass (RFC 8264 section 4.2), in
one composed form, in one direction (the Bidi Rule that RFC 8265 section 3.3.2 asks for),
and of one script at most out of those whose letters look alike.
"""

import re
from unicodedata import category, name, normalize

MAX_LOCAL = 64  # octets, RFC 5321 section 4.5.3.1.1

# atext of RFC 5322 section 3.2.3 but for "!" and "%"; what is not ASCII is looked at one by one. Told by
# what it leaves out: a class that reaches to the end of Unicode takes milliseconds to compile.
_ATOM = r"[^\x00- !\"%(),.:;<>@\[\\\]\x7f]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*+")
_LETTERS_MARKS_AND_DIGITS = frozenset(("Ll", "Lu", "Lo", "Lm", "Nd", "Mn", "Mc"))  # RFC 8264 section 9.1
_OLD_HANGUL = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]")  # RFC 8264 section 9.9
# No two of them stand together where text is "highly restrictive" (Unicode Technical Standard 39, 5.2).
_LOOKING_ALIKE = frozenset(("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "COPTIC", "CHEROKEE"))


def local_fault(local: str) -> str:
    """Say why we do not write to this local part, or ""."""
    if len(local.encode("utf-8", "surrogatepass")) > MAX_LOCAL:
        return f"the part before the @ has at most {MAX_LOCAL} octets"
    if not _DOT_ATOM.fullmatch(local):
        return "the part before the @ is letters, digits and dots; no quotes, ! or %"
    if "=?" in local:
        # An encoded word here is decoded by some hosts and not by others (RFC 2047 section 5).
        return "an address holds no encoded words"
    return "" if local.isascii() else _wide_fault(local)


def _wide_fault(local: str) -> str:
    from loftbox_cli.core.invisible import holds_invisible

    wide = [character for character in local if not character.isascii()]
    seen = all(category(each) in _LETTERS_MARKS_AND_DIGITS for each in wide)
    if not seen or holds_invisible(local) or _OLD_HANGUL.search(local) or not _marks_have_letters(local):
        return "what is not ASCII before the @ is letters and digits that everybody sees"
    # RFC 8264 section 9.17: what another character stands for as well is refused, not replaced.
    if normalize("NFKC", local) != local:
        return "write the part before the @ in Unicode's composed form (NFC)"
    if not _goes_one_way(local):
        return "the part before the @ mixes writing from the right with writing from the left"
    if len(_scripts(local) & _LOOKING_ALIKE) > 1:
        return "the part before the @ mixes scripts whose letters look alike"
    return ""


def _marks_have_letters(local: str) -> bool:
    """Whether each mark stands on a letter or digit: on anything else it changes what that looks like."""
    return all(
        before.isalnum() or category(before).startswith("M")
        for before, here in zip("." + local, local, strict=False)
        if category(here).startswith("M")
    )


def _goes_one_way(local: str) -> bool:
    """RFC 5893 section 2."""
    import idna

    try:
        return idna.check_bidi(local)
    except idna.IDNAError:
        return False


def _scripts(local: str) -> frozenset[str]:
    """The scripts of its letters: each letter's name begins with that of its script."""
    return frozenset(name(each, "").partition(" ")[0] for each in local if each.isalpha())

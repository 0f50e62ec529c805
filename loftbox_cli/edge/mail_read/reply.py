"""The new part of an answer, without what it quotes.

There is no standard for it; RFC 3676 section 4.5 gives the ">" and the rest is what
mail programs write. Line by line, each looked at a bounded number of times, so that
no text makes it slow.
"""

import re

MAX_LOOKED_AT = 1_000  # characters of a line that can be a mark
_ATTRIBUTION_LINES = 3  # programs fold "On … wrote:" at 76 columns

# The verb that closes an attribution, by the word that opens it.
_OPENERS = {
    "on": ("wrote:",),
    "am": ("schrieb:",),
    "le": ("a écrit:",),
    "el": ("escribió:",),
    "il": ("ha scritto:",),
    "op": ("schreef:", "geschreven:"),
    "em": ("escreveu:",),
    "den": ("skrev:",),
    "dne": ("napsal:", "napsal(a):"),
    "w": ("napisał:", "napisał(a):", "pisze:"),
}
_DATED = re.compile(r"[0-9]")
# What a program writes and a person who tells a story does not: the time, or the address.
_BY_PROGRAM = re.compile(r"\b[0-9]{1,2}[:.][0-9]{2}\b|<[^<> ]+@[^<> ]+>")
# German programs put the name after the verb: "Am 3. Nov. schrieb Jane Doe <jane@example.com>:"
_VERB_WITHIN = re.compile(r" (?:schrieb|schreef|skrev|wrote)\b")
_SEPARATOR = re.compile(
    r"-{2,} ?(?:original message|original-nachricht|ursprüngliche nachricht|message d'origine"
    r"|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original"
    r"|ursprungligt meddelande) ?-{2,}"
)
_FORWARDED = re.compile(
    r"-{2,} ?(?:forwarded message|weitergeleitete nachricht|message transféré) ?-{2,}"
    r"|begin forwarded message:|anfang der weitergeleiteten nachricht:"
)
_RULE = re.compile(r"[_-]{20,}")
_FROM = ("from:", "von:", "de:", "da:", "van:", "från:", "fra:", "od:")
_DATE = (
    "sent:",
    "date:",
    "gesendet:",
    "datum:",
    "envoyé",
    "enviado:",
    "fecha:",
    "inviato:",
    "data:",
    "verzonden:",
    "skickat:",
    "sendt:",
)
_SUBJECT = (
    "subject:",
    "betreff:",
    "objet",
    "asunto:",
    "oggetto:",
    "onderwerp:",
    "assunto:",
    "ämne:",
    "emne:",
)
_HEADER_LINES = 8


def reply_text(text: str) -> str:
    """Answer what the sender wrote now; "" when all of it is quotation.

    What is forwarded stays: the sender shows it to us, and we did not write it.
    """
    lines = text.split("\n")
    marks = [_mark(line) for line in lines]
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if _FORWARDED.fullmatch(marks[at]):
            kept += lines[at:]
            break
        if marks[at].startswith(">"):
            at += 1
            continue
        if _starts_old_message(marks, at):
            break
        said = _attribution(marks, at)
        after = _next_written(marks, at + len(said))
        marked = after < len(marks) and marks[after].startswith(">")
        if not said or not (marked or _BY_PROGRAM.search(" ".join(said))):
            kept.append(lines[at])
            at += 1
        elif marked:
            at += len(said)
        else:
            # Quoted without marks, as Outlook and HTML do: nothing tells old from new any more.
            break
    return "\n".join(kept).strip("\n").rstrip()


def _mark(line: str) -> str:
    """A line in the form in which marks are recognised."""
    words = " ".join(line[:MAX_LOOKED_AT].lower().replace("*", " ").split())
    return words.replace(" :", ":")  # French sets a space before it


def _starts_old_message(marks: list[str], at: int) -> bool:
    mark = marks[at]
    if _SEPARATOR.fullmatch(mark):
        return True
    if _RULE.fullmatch(mark):
        at = _next_written(marks, at + 1)
    # Outlook's block: From and then, close by, a date and a subject.
    if at >= len(marks) or not marks[at].startswith(_FROM):
        return False
    block = marks[at + 1 : at + _HEADER_LINES]
    return any(line.startswith(_DATE) for line in block) and any(line.startswith(_SUBJECT) for line in block)


def _next_written(marks: list[str], at: int) -> int:
    """The next line that is not empty, if it is near."""
    for place in range(at, min(at + _HEADER_LINES, len(marks))):
        if marks[place]:
            return place
    return len(marks)


def _attribution(marks: list[str], at: int) -> list[str]:
    """The lines from `at` that say who wrote what follows, none if they do not."""
    closings = _OPENERS.get(marks[at].partition(" ")[0])
    if closings is None:
        return []
    for length in range(1, _ATTRIBUTION_LINES + 1):
        said = marks[at : at + length]
        if len(said) < length or not said[-1] or said[-1].startswith(">"):
            return []
        whole = " ".join(said)
        if said[-1].endswith(closings) or (said[-1].endswith(":") and _VERB_WITHIN.search(whole)):
            return said if _DATED.search(whole) else []
    return []

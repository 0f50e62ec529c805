"""Paragraphs of text that a sender wrapped to be joined again (RFC 3676)."""


def unflowed(text: str, *, delete_space: bool) -> str:
    """Join the lines that end in a space with what follows at the same depth of quotation.

    `delete_space` (DelSp=yes) is for scripts that set no space between words. The line
    before a signature is never flowed (section 4.3).
    """
    out: list[str] = []
    open_depth = -1  # of a paragraph whose last line flows on
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")  # section 4.4: stuffed, or the space behind the marks
        flows = content.endswith(" ") and content != "-- "
        if flows and delete_space:
            content = content[:-1]
        if open_depth == depth and content != "-- ":
            out[-1] += content
        else:
            out.append(f"{'>' * depth} {content}".rstrip(" ") if depth else content)
            if depth and flows and not delete_space:
                out[-1] += " "
        open_depth = depth if flows else -1
    return "\n".join(out)

"""Paragraphs of text that a sender wrapped to be joined again (RFC 3676)."""


def unflowed(text: str, *, delete_space: bool) -> str:
    """Join the lines that end in a space with what follows at the same depth of quotation.

    `delete_space` (DelSp=yes) is for scripts that set no space between words. The line
    before a signature is never flowed (section 4.3).
    """
    paragraphs: list[list[str]] = []
    open_depth = -1  # of a paragraph whose last line flows on
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")  # section 4.4: stuffed, or the space behind the marks
        flows = content.endswith(" ") and content != "-- "
        if open_depth != depth or content == "-- ":
            paragraphs.append([">" * depth + " " if depth and content else ">" * depth])
        paragraphs[-1].append(content[:-1] if flows and delete_space else content)
        open_depth = depth if flows else -1
    return "\n".join(map("".join, paragraphs))

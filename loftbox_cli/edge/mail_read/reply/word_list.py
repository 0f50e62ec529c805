"""Words as data, written so that a person can read them over."""


def words(text: str) -> frozenset[str]:
    """The words between white space."""
    return frozenset(text.split())


def phrases(text: str) -> frozenset[str]:
    """The phrases of each line, parted by semicolons, without their white space."""
    parted = text.replace("\n", ";").split(";")
    return frozenset(joined for joined in ("".join(phrase.split()) for phrase in parted) if joined)

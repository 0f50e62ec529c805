"""How many octets of unfinished messages are held at one time, over all sessions.

SIZE bounds one message (RFC 1870); a thousand sessions of that size would still not
fit into memory. Who finds the budget spent hears 452 and comes back. What a peer said
ahead of its turn (RFC 2920) counts too, though nobody can refuse what is here already.
"""


class OctetBudget:
    """A sum with an upper limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held = 0

    def take(self, octets: int) -> bool:
        """Hold so many more, or none of them when that would be too much."""
        if not self.fits(octets):
            return False
        self.held += octets
        return True

    def fits(self, octets: int) -> bool:
        """Say whether there is room for so many."""
        return self.held + octets <= self._limit

    def hold(self, octets: int) -> None:
        """Hold so many more, which are here already, even when that is too much."""
        self.held += octets

    def give_back(self, octets: int) -> None:
        """Hold so many less."""
        self.held -= octets

"""How many octets of bodies are held at one time, over all requests.

A body has its limit, and a hundred of them at once would still not fit into memory.
Who finds the sum spent is asked to come back (503), before any of the body is read
where its length was said.
"""

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from loftbox_cli.core.octet_budget import OctetBudget

MOST_HELD = 128 * 1024 * 1024
COME_BACK = 2  # seconds; a body is worked off in less


class Held:
    """What one request holds of the budget."""

    def __init__(self, budget: OctetBudget) -> None:
        self._budget = budget
        self._octets = 0
        self._received = 0

    def counted(self, receive: Receive, declared: str) -> Receive:
        """Hold what is received, all of it at once where its length is said; raises HTTPException."""

        async def counting() -> Message:
            if not self._octets and declared.isdecimal():
                self._hold(int(declared[:20]))
            message = await receive()
            self._received += len(message.get("body", b""))
            self._hold(self._received)
            return message

        return counting

    def give_back(self) -> None:
        """Hold nothing any more."""
        self._budget.give_back(self._octets)
        self._octets = 0

    def _hold(self, octets: int) -> None:
        more = octets - self._octets
        if more <= 0:
            return
        if not self._budget.take(more):
            raise HTTPException(
                503,
                "too many large requests are under way; nothing was changed",
                # What is left of the body is not read, so the connection cannot be used again.
                headers={"retry-after": str(COME_BACK), "connection": "close"},
            )
        self._octets = octets

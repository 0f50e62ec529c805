"""The agent of the demo: a program that knows the API and its own key, and nothing else."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import httpx2

from loftbox_cli.cli.demo_steps import NotAsExpected

PATIENCE = 10.0  # seconds for one request
WAIT = 5  # seconds that one long poll lasts


class Agent:
    """Calls `/v1` of the gateway at `url` with its `key`."""

    def __init__(self, url: str, key: str) -> None:
        self._client = httpx2.AsyncClient(
            base_url=f"{url}/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=PATIENCE,
            trust_env=False,  # a proxy has no business on loopback
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def send(self, message: dict[str, Any], *, idempotency_key: str) -> Any:
        """Hand a message in; answers what became of it."""
        headers = {"Idempotency-Key": idempotency_key}
        return await self._ask("POST", "/messages", 202, json=message, headers=headers)

    async def listen(self, url: str, kinds: Sequence[str]) -> Any:
        """Register a webhook for events of these kinds."""
        return await self._ask("POST", "/webhooks", 201, json={"url": url, "events": kinds})

    async def message(self, message_id: str) -> Any:
        """Read a message."""
        return await self._ask("GET", f"/messages/{message_id}", 200)

    async def thread(self, thread_id: str) -> Any:
        """Read a thread with its messages."""
        return await self._ask("GET", f"/threads/{thread_id}", 200)

    async def events(self, **wanted: Any) -> Any:
        """List events."""
        return (await self._ask("GET", "/events", 200, params=wanted))["data"]

    async def event(self, kind: str, **wanted: Any) -> Any:
        """Wait for the first event of a kind, without an end."""
        while True:
            query = {"type": kind, "after": 0, "timeout": WAIT, **wanted}
            if found := (await self._ask("GET", "/events/wait", 200, params=query))["data"]:
                return found[0]

    async def _ask(self, method: str, path: str, status: int, **request: Any) -> Any:
        """Send a request; raises NotAsExpected for another status."""
        try:
            answer = await self._client.request(method, path, **request)
        except httpx2.HTTPError as error:
            raise NotAsExpected(
                f"{method} /v1{path}", expected=status, seen=f"{type(error).__name__}: {error}"
            ) from error
        if answer.status_code != status:
            seen = f"{answer.status_code} {answer.text}"
            raise NotAsExpected(f"{method} /v1{path}", expected=status, seen=seen)
        return answer.json()

"""Pages that share the API's address: they have doors of their own, and no API key opens them."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send


class Beside:
    """Hands what is below a path of theirs to the pages, and all the rest to the API."""

    def __init__(self, app: ASGIApp, pages: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        app = self._app
        if scope["type"] == "http":
            first, slash, _ = scope["path"].removeprefix("/").partition("/")
            app = self._pages.get(first, app) if slash else app
        await app(scope, receive, send)

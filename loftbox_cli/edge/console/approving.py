"""/approve/…: looking at a question by its link, and answering it with the code.

GET and HEAD only show, for scanners and previews follow links. A POST needs the code,
which no other site can know. Beside that it is refused when a browser says that it
came from elsewhere: by Origin, or by Sec-Fetch-Site where the referrer policy of
these pages makes Origin null. Neither secret is ever logged: the log has the route.
"""

from urllib.parse import parse_qs

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loftbox_cli.core.decision import Answer
from loftbox_cli.core.errors import Conflict, LoftBoxError, NotFound, Refused, TryLater
from loftbox_cli.core.header import check_text
from loftbox_cli.core.link import PATH
from loftbox_cli.edge.console.approval_page import LONGEST_WHY, approval_page, told_page
from loftbox_cli.edge.console.assets import SCRIPT, STYLE
from loftbox_cli.edge.console.html import Html
from loftbox_cli.edge.console.ports import Console
from loftbox_cli.services import linking

PREFIX = PATH.rstrip("/")
MOST_OCTETS = 16 * 1024
# Nothing is loaded but the style and the script from here, nobody frames the page, and it
# sends its form nowhere else.
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex",
}
_STATUS: dict[type[LoftBoxError], int] = {NotFound: 404, Refused: 403, Conflict: 409, TryLater: 503}

log = structlog.get_logger("console")


def build(console: Console) -> ASGIApp:
    """Make the pages of the links."""

    async def style(_: Request) -> Response:
        return Response(STYLE, media_type="text/css")

    async def script(_: Request) -> Response:
        return Response(SCRIPT, media_type="text/javascript")

    async def show(request: Request) -> Response:
        opened = console.store.glance(linking.open_link, request.path_params["look"])
        return _answered(approval_page(opened))

    async def decide(request: Request) -> Response:
        return await _decide(console, request)

    app = Router(
        routes=[
            Route(f"{PREFIX}/page.css", style),
            Route(f"{PREFIX}/code.js", script),
            Route(f"{PREFIX}/{{look}}", show, methods=["GET"]),
            Route(f"{PREFIX}/{{look}}", decide, methods=["POST"]),
        ]
    )
    return _Door(app, console)


async def _decide(console: Console, request: Request) -> Response:
    if fault := _came_from_elsewhere(console, request):
        return _answered(told_page("Not from here", fault), 403)
    body = await _body(request)
    if body is None:
        return _answered(told_page("Too much", "The form was longer than any that this page makes."), 413)
    form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    answer, why, look = form.get("answer", ""), form.get("why", "").strip(), request.path_params["look"]
    if answer not in ("approve", "reject"):
        return _answered(told_page("No answer", "The form said neither approve nor reject."), 422)
    check_text(why, field="why", limit=LONGEST_WHY)
    said, status = "", 200
    request_id = console.request_id()
    try:
        decided = await console.store.write_soon(
            linking.answer,
            look,
            form.get("code", ""),
            yes=answer == "approve",
            why=why,
            request_id=request_id,
            now=console.clock.now(),
        )
    except (Refused, Conflict) as error:
        said, status = _sentence(error), _status(error)
    else:
        passed = decided.passed if decided else None
        if passed is not None and passed.decision.answer is not Answer.ALLOW:
            said = f"You approved it, and it did not leave: {passed.decision.detail}"
    opened = console.store.glance(linking.open_link, look)
    log.info(
        "link used", approval_id=opened.link.approval_id, person_id=opened.person.id, request_id=request_id
    )
    return _answered(approval_page(opened, said=said), status)


def _came_from_elsewhere(console: Console, request: Request) -> str:
    origin = request.headers.get("origin", "null")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if origin not in ("null", console.public_url) or site not in ("same-origin", "none"):
        return (
            "This answer was sent by a page of another site. Open the link in the notice, and answer there."
        )
    return ""


async def _body(request: Request) -> bytes | None:
    octets = b""
    async for chunk in request.stream():
        octets += chunk
        if len(octets) > MOST_OCTETS:
            return None
    return octets


def _answered(html: Html, status: int = 200) -> Response:
    return Response(html.encode("utf-8", "replace"), status, media_type="text/html")


def _sentence(error: LoftBoxError) -> str:
    return f"{error.fact}: {error.fix}" if error.fix else error.fact


def _status(error: LoftBoxError) -> int:
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 422)


class _Door:
    """What every request passes: it must name our host, and what goes wrong ends on a page."""

    def __init__(self, app: ASGIApp, console: Console) -> None:
        self._app = app
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        try:
            self._check_host(scope)
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            return
        except HTTPException as error:
            words = "There is no such page here." if error.status_code == 404 else error.detail
            await _answered(told_page("No page", words), error.status_code)(scope, receive, sending)
        except LoftBoxError as error:
            page = told_page("That did not work", _sentence(error))
            await _answered(page, _status(error))(scope, receive, sending)
        except Exception:
            log.exception("defect")
            if begun:
                raise
            page = told_page("That did not work", "The gateway failed. Nothing was decided.")
            await _answered(page, 500)(scope, receive, sending)

    def _check_host(self, scope: Scope) -> None:
        """RFC 9110 section 7.4: a name that an attacker's DNS points here is none of ours."""
        host = Headers(scope=scope).get("host", "").lower()
        if host != self._console.host:
            raise HTTPException(421, "This gateway has no pages under this name.")

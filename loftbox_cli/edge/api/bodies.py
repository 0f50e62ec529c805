"""Reading a request's body: strictly, and never more of it than we want.

JSON as RFC 8259 has it and narrower, as RFC 7493 advises: UTF-8 alone, no name
twice in an object, no NaN, no number that cannot be held. What two readers could
take differently is refused before anybody acts on it.
"""

import json
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Message, Receive

MOST_OCTETS = 35 * 1024 * 1024  # 25 MiB of attachments in base64, and the words around them


class Body(BaseModel):
    """What a request brings: types as they are documented, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class StrictRoute(APIRoute):
    """A route whose body is read by this file's rules."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put our request in the place of the framework's."""
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            if request.method in ("POST", "PATCH"):
                _check_type(request)
            return await handle(_StrictRequest(request.scope, request.receive))

        return strictly


class _StrictRequest(Request):
    async def json(self) -> Any:
        """Read the body as JSON, once."""
        if not hasattr(self, "_strict"):
            self._strict = read_json(await self.body())
        return self._strict


def _check_type(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "send the body as it is, without a Content-Encoding")
    if request.headers.get("content-length") == "0" and "content-type" not in request.headers:
        return
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and media_type != "application/json":
        raise HTTPException(415, "send the body with Content-Type: application/json")


def read_json(octets: bytes) -> Any:
    """Read one JSON value; raises HTTPException 400."""
    try:
        return json.loads(
            octets.decode("utf-8"), object_pairs_hook=_each_name_once, parse_constant=_no_constant
        )
    except UnicodeDecodeError:
        raise HTTPException(400, "the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise HTTPException(400, f"the body is not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise HTTPException(400, "the body is nested too deeply") from None
    except ValueError as error:  # of the hooks, and of numbers with thousands of digits
        raise HTTPException(400, f"the body cannot be used: {error}") from None


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has a name twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def counted(receive: Receive, declared: str) -> Receive:
    """Let through what the body may have; raises HTTPException 413 for more, as soon as that is known."""
    left = MOST_OCTETS

    async def counting() -> Message:
        nonlocal left
        if declared.isdecimal() and int(declared[:20]) > MOST_OCTETS:
            raise _too_large()
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _too_large()
        return message

    return counting


def _too_large() -> HTTPException:
    # What is left of the body is not read, so the connection cannot be used again.
    return HTTPException(
        413, f"the body is larger than {MOST_OCTETS} octets", headers={"connection": "close"}
    )

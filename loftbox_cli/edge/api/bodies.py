"""Reading a request's body: strictly, and never more of it than we want.

JSON as RFC 8259 has it and narrower, as RFC 7493 advises: UTF-8 alone, no half of a
surrogate pair, no name twice in an object, no NaN, no number that cannot be held.
What two readers could take differently is refused before anybody acts on it.
"""

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, NoReturn, cast

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive

SMALL = 64 * 1024
MESSAGE = 35 * 1024 * 1024  # 25 MiB of attachments in base64, and the words around them
# Each value costs some 70 octets of memory, however few it has on the wire; a message with all that
# it may have is made of some thousands.
MOST_VALUES = 50_000
# Every value but the first follows one of these.
_BEFORE_VALUES = (b",", b"[", b"{")
# The same, and strings in one piece, for what is in them does not count. One without an end goes to
# the end of the body, so that the scan is linear.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{,]', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Body(BaseModel):
    """What a request brings: types as they are documented, and nothing else, in so many octets at most."""

    MOST_OCTETS: ClassVar[int] = SMALL

    model_config = ConfigDict(extra="forbid", strict=True)


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """A route whose body is read by this file's rules."""

    def get_route_handler(self) -> Handler:
        """Put our request, and our handler of bodies, in the place of the framework's."""
        form = cast("type[Body]", self.body_field.field_info.annotation) if self.body_field else None
        handle = _taking(form, self.dependant) if form else super().get_route_handler()
        most = form.MOST_OCTETS if form else SMALL

        async def strictly(request: Request) -> Response:
            if request.method in ("POST", "PATCH"):
                _check_type(request)
            receive = bounded(request.receive, request.headers.get("content-length", ""), most)
            return await handle(_StrictRequest(request.scope, receive))

        return strictly


def _taking(form: type[Body], route: Dependant) -> Handler:
    """A handler that knows from the start what the function of a route with a body is given.

    The framework works it out anew for each request, which costs more than the work of
    many of them. Beside the body such a function takes what its dependencies find out
    about the request and its header, and texts of the path.
    """
    function, (body,) = cast("Callable[..., Coroutine[Any, Any, Response]]", route.call), route.body_params
    texts = [field.name for field in route.path_params]
    asked = [(each.name or "", each.call, each.header_params) for each in route.dependencies]

    async def handle(request: Request) -> Response:
        value = await _value(request)
        given: dict[str, Any] = {name: request.path_params[name] for name in texts}
        for name, find, fields in asked:
            header = {field.name: request.headers.get(field.alias) for field in fields}
            given[name] = await cast("Callable[..., Any]", find)(request, **header)
        given[body.name] = _form_of(value, form)
        return await function(**given)

    return handle


async def _value(request: Request) -> Any:
    """The JSON of a body, None where there is no body; raises HTTPException."""
    try:
        return await request.json() if await request.body() else None
    except ClientDisconnect:
        raise HTTPException(400, "the body ended too early") from None


def _form_of(value: Any, form: type[Body]) -> Body:
    """The body in its form; raises RequestValidationError with each place that is at fault."""
    if value is None:
        raise RequestValidationError([{"type": "missing", "loc": ("body",), "msg": "Field required"}])
    try:
        return form.model_validate(value, from_attributes=True)  # which words what is no object
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        ) from None


class _StrictRequest(Request):
    async def json(self) -> Any:
        """Read the body as JSON, once."""
        if not hasattr(self, "_strict"):
            self._strict = read_json(await self.body())
        return self._strict


def _check_type(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "the body has a Content-Encoding")
    if request.headers.get("content-length") == "0" and "content-type" not in request.headers:
        return
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and media_type != "application/json":
        raise HTTPException(415, "the body is not said to be application/json")


def read_json(octets: bytes) -> Any:
    """Read one JSON value; raises HTTPException 400."""
    _check_values(octets)
    try:
        value = json.loads(
            octets.decode("utf-8"), object_pairs_hook=_each_name_once, parse_constant=_no_constant
        )
        if _SURROGATE.search(octets):
            _check_pairs(value)
    except UnicodeDecodeError:
        raise HTTPException(400, "the body is not UTF-8") from None
    except UnicodeEncodeError:
        raise HTTPException(400, "the body holds half of a surrogate pair") from None
    except json.JSONDecodeError as error:
        raise HTTPException(400, f"the body is not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise HTTPException(400, "the body is nested too deeply") from None
    except ValueError as error:  # of the hooks, and of numbers with thousands of digits
        raise HTTPException(400, f"the body cannot be used: {error}") from None
    return value


def _check_values(octets: bytes) -> None:
    """Raise HTTPException 400 before millions of tiny values are made."""
    if sum(map(octets.count, _BEFORE_VALUES)) <= MOST_VALUES:
        return
    for number, _ in enumerate(_TOKEN.finditer(octets)):
        if number > MOST_VALUES:
            raise HTTPException(400, f"the body has more than {MOST_VALUES} names and values")


def _check_pairs(value: Any) -> None:
    """Raise UnicodeEncodeError for half of a pair, which neither the store nor an answer can hold."""
    json.dumps(value, ensure_ascii=False).encode("utf-8")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has a name twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def bounded(receive: Receive, declared: str, most: int) -> Receive:
    """Let through what the body may have; raises HTTPException 413 for more, as soon as that is known."""
    left = most

    async def counting() -> Message:
        nonlocal left
        if declared.isdecimal() and int(declared[:20]) > most:
            raise _too_large(most)
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _too_large(most)
        return message

    return counting


def _too_large(most: int) -> HTTPException:
    # What is left of the body is not read, so the connection cannot be used again.
    return HTTPException(413, f"the body is larger than {most} octets", headers={"connection": "close"})

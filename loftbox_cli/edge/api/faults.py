"""What the framework objects to, told in the same form as our own errors."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from loftbox_cli.core.errors import BadInput, TryLater
from loftbox_cli.edge.api import problems

_CODES = {
    HTTPStatus.BAD_REQUEST: "malformed",
    HTTPStatus.NOT_FOUND: "no_such_path",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
    HTTPStatus.SERVICE_UNAVAILABLE: TryLater.code,
}
_FIXES = {
    HTTPStatus.BAD_REQUEST: "send one JSON value in UTF-8, as RFC 8259 writes it",
    HTTPStatus.NOT_FOUND: "/openapi.json lists every path",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "make it smaller; in base64 a file grows by a third",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "send JSON as it is, with Content-Type: application/json",
    HTTPStatus.SERVICE_UNAVAILABLE: "send it again after the seconds that Retry-After names",
}
_LONGEST_NAME = 100
_LONGEST_PATH = 200
_MOST_ERRORS = 50
# What a type of error of Pydantic's is in our words; of the others its own are told.
_SAID = {
    "bool_type": "it has to be true or false",
    "dict_type": "it has to be an object",
    "extra_forbidden": "there is no such field",
    "int_parsing": "it has to be a whole number",
    "int_type": "it has to be a whole number",
    "list_type": "it has to be a list",
    "missing": "it is missing",
    "model_attributes_type": "it has to be an object",
    "string_type": "it has to be a text",
}
_MENDED = {
    "extra_forbidden": "leave it out; /openapi.json lists the fields",
    "missing": "send it; /openapi.json tells its form",
}


def tell_in_our_form(app: FastAPI) -> None:
    """Take over the answers that the framework would give."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    path = request.url.path[:_LONGEST_PATH]
    detail, fix, headers = error.detail, _FIXES.get(status, ""), dict(error.headers or {})
    if status == HTTPStatus.NOT_FOUND:
        detail = f"there is no path {path}"
    elif status == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{path} knows no {request.method[:_LONGEST_NAME]}"
        # RFC 9110 section 15.5.6 asks for every method; the framework names those of the first route alone.
        headers = {"allow": _methods(request)}
        fix = f"it knows {headers['allow']}"
    return problems.answer(
        status,
        title=status.phrase,
        code=_CODES.get(status, "error"),
        detail=detail,
        fix=fix,
        request_id=request.state.request_id,
        headers=headers,
    )


def _methods(request: Request) -> str:
    for form, operations in request.app.openapi()["paths"].items():
        if compile_path(form)[0].match(request.url.path):
            return ", ".join(sorted(method.upper() for method in operations))
    return "GET"  # the document itself


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = error.errors()[:_MOST_ERRORS]
    found = [_fault(each) for each in faults]
    first = found[0]
    row = problems.TABLE[BadInput]
    return problems.answer(
        row.status,
        title=row.title,
        code=BadInput.code,
        detail=f"{first['field']}: {first['detail']}",
        fix=_fix(faults[0]["type"]),
        field=first["field"],
        errors=found,
        request_id=request.state.request_id,
    )


def _fault(error: dict[str, Any]) -> dict[str, str]:
    """Name the field and the fault; what was sent is not repeated."""
    detail = _SAID.get(error["type"]) or error["msg"].replace("Input should", "it has to", 1)
    return {"field": field_name(error["loc"]), "detail": detail}


def _fix(kind: str) -> str:
    if kind.startswith("datetime"):
        return "write it like 2026-11-24T09:00:00Z"
    return _MENDED.get(kind, "/openapi.json tells its form")


def field_name(place: Sequence[str | int]) -> str:
    """Write a place as ours: attachments[0].filename."""
    name = ""
    for step in place[1:] or place:
        name += f"[{step}]" if isinstance(step, int) else f".{step[:_LONGEST_NAME]}"
    return name.removeprefix(".")

"""What the framework objects to, told in the same form as our own errors."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

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
_LONGEST_NAME = 100
_MOST_ERRORS = 50


def tell_in_our_form(app: FastAPI) -> None:
    """Take over the answers that the framework would give."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return problems.answer(
        error.status_code,
        title=HTTPStatus(error.status_code).phrase,
        code=_CODES.get(HTTPStatus(error.status_code), "error"),
        detail=error.detail,
        fix="/openapi.json lists every path" if error.status_code == HTTPStatus.NOT_FOUND else "",
        request_id=request.state.request_id,
        headers=error.headers,
    )


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = [_fault(each) for each in error.errors()[:_MOST_ERRORS]]
    first = found[0]
    row = problems.TABLE[BadInput]
    return problems.answer(
        row.status,
        title=row.title,
        code=BadInput.code,
        detail=f"{first['field']}: {first['detail']}",
        field=first["field"],
        errors=found,
        request_id=request.state.request_id,
    )


def _fault(error: dict[str, Any]) -> dict[str, str]:
    """Name the field and the fault; what was sent is not repeated."""
    detail = "there is no such field" if error["type"] == "extra_forbidden" else error["msg"]
    return {"field": field_name(error["loc"]), "detail": detail}


def field_name(place: Sequence[str | int]) -> str:
    """Write a place as ours: attachments[0].filename."""
    name = ""
    for step in place[1:] or place:
        name += f"[{step}]" if isinstance(step, int) else f".{step[:_LONGEST_NAME]}"
    return name.removeprefix(".")

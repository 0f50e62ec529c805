"""Problem documents (RFC 9457): the one table from our errors to HTTP answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from loftbox_cli.core.errors import (
    BadConfiguration,
    BadInput,
    Conflict,
    DiskLow,
    LoftBoxError,
    NotAuthenticated,
    NotFound,
    Refused,
    TooMany,
    TryLater,
)
from loftbox_cli.edge.api.rendering import encoded, text_of

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is the matter with one field."""

    field: str
    detail: str


class Problem(BaseModel):
    """Why a request was not done. `code` is stable, `detail` is for people, `fix` is the next step."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    fix: str
    request_id: str
    field: str | None
    errors: list[FieldProblem]


@dataclass(frozen=True, slots=True)
class Row:
    """How one class of errors is told. `words` replace what outsiders need not know."""

    status: HTTPStatus
    title: str
    words: str = ""
    headers: Mapping[str, str] | None = None


_OURS = "The gateway could not do this. Its operator finds the reason in the log, under the request id."
_BUSY = "The gateway cannot do this at the moment; nothing was changed."

TABLE: dict[type[LoftBoxError], Row] = {
    LoftBoxError: Row(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error", _OURS),
    BadInput: Row(HTTPStatus.UNPROCESSABLE_ENTITY, "The request cannot be understood"),
    NotFound: Row(HTTPStatus.NOT_FOUND, "There is no such thing"),
    Conflict: Row(HTTPStatus.CONFLICT, "The state does not allow it"),
    Refused: Row(HTTPStatus.FORBIDDEN, "Not allowed"),
    NotAuthenticated: Row(
        HTTPStatus.UNAUTHORIZED, "No valid API key", headers={"www-authenticate": 'Bearer realm="loftbox"'}
    ),
    TryLater: Row(HTTPStatus.SERVICE_UNAVAILABLE, "Try later", _BUSY, {"retry-after": "5"}),
    DiskLow: Row(HTTPStatus.INSUFFICIENT_STORAGE, "No room", _BUSY, {"retry-after": "60"}),
    TooMany: Row(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests", headers={"retry-after": "60"}),
    BadConfiguration: Row(HTTPStatus.INTERNAL_SERVER_ERROR, "The gateway is not set up", _OURS),
}


def row_for(error: LoftBoxError) -> Row:
    """Choose the row of the nearest class in the table."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)


def problem_for(error: LoftBoxError, request_id: str) -> Response:
    """Tell one of our errors."""
    row = row_for(error)
    return answer(
        row.status,
        title=row.title,
        code=error.code,
        detail=row.words or error.fact,
        fix="" if row.words else error.fix,
        field=error.field,
        request_id=request_id,
        headers=row.headers,
    )


def defect(request_id: str) -> Response:
    """Tell that we failed, and nothing of how."""
    return problem_for(LoftBoxError("internal error"), request_id)


def answer(
    status: int,
    *,
    title: str,
    code: str,
    detail: str,
    request_id: str,
    fix: str = "",
    field: str = "",
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a problem document."""
    document: dict[str, Any] = {
        "type": f"urn:loftbox:problem:{code}",
        "title": title,
        "status": int(status),
        "detail": detail,
        "code": code,
        "fix": fix,
        "request_id": request_id,
        "field": field or None,
        "errors": errors or ([{"field": field, "detail": detail}] if field else []),
    }
    return Response(
        encoded(text_of(document)),
        status_code=int(status),
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )

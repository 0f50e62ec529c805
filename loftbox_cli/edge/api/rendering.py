"""Views as the bytes of an answer."""

import json
from typing import Any

from starlette.responses import Response

from loftbox_cli.core.views.form import as_json

_spell = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def text_of(view: Any) -> str:
    """Write a view as JSON."""
    return _spell(as_json(view))


def encoded(text: str) -> bytes:
    """The bytes of JSON. Half of a surrogate pair, which mail may hold, has none: it becomes a "?"."""
    return text.encode("utf-8", "replace")


def shown(view: Any) -> Response:
    """Answer 200 with a view."""
    return Response(encoded(text_of(view)), media_type="application/json")

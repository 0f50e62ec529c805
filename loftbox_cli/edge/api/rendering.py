"""Views as the bytes of an answer."""

import json
from typing import Any

from starlette.responses import Response

from loftbox_cli.core.views.form import as_json


def text_of(view: Any) -> str:
    """Write a view as JSON."""
    return json.dumps(as_json(view), ensure_ascii=False, separators=(",", ":"))


def encoded(text: str) -> bytes:
    """The bytes of JSON. Half of a surrogate pair, which mail may hold, has none: it becomes a "?"."""
    return text.encode("utf-8", "replace")


def shown(view: Any) -> Response:
    """Answer 200 with a view."""
    return Response(encoded(text_of(view)), media_type="application/json")

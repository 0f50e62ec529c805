"""The app: every router behind one front, and the OpenAPI document that describes it."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.types import ASGIApp

from loftbox_cli import __version__
from loftbox_cli.core.views.form import json_name
from loftbox_cli.edge.api import (
    agents,
    approvals,
    deliveries,
    domains,
    events,
    faults,
    keys,
    mailboxes,
    messages,
    policies,
    problems,
    status,
    suppressions,
    threads,
    webhooks,
)
from loftbox_cli.edge.api.beside import Beside
from loftbox_cli.edge.api.front import OPEN_PATHS, Front
from loftbox_cli.edge.api.ports import Api
from loftbox_cli.edge.api.proxies import OnlyThroughProxies

_NOUNS: tuple[APIRouter, ...] = tuple(
    noun.router
    for noun in (
        messages,  # first, for routes are tried in their order, and this is the one that is in a hurry
        agents,
        mailboxes,
        domains,
        policies,
        deliveries,
        suppressions,
        threads,
        events,
        approvals,
        webhooks,
        keys,
        status,
    )
)
_BEARER = {
    "type": "http",
    "description": "An API key: lb_live_…",
    "scheme": "bearer",
    "bearerFormat": "lb_live_…",
}
_PROBLEM = {
    "description": "Why it was not done",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def build(api: Api, pages: Mapping[str, ASGIApp] = MappingProxyType({})) -> FastAPI:
    """Make the app; `pages` are apps of their own beside it, by the first part of their path.

    Pages for people that show the document are off: they load from elsewhere.
    """
    app = FastAPI(
        title="LoftBox",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={"default": _PROBLEM},
    )
    app.state.api = api
    app.state.closing = asyncio.Event()
    for router in _NOUNS:
        app.include_router(router)
    app.include_router(status.health)
    faults.tell_in_our_form(app)
    app.add_middleware(Front, api=api)
    if pages:
        app.add_middleware(Beside, pages=pages)
    if api.trusted_proxies:
        app.add_middleware(OnlyThroughProxies, networks=api.trusted_proxies)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]  # the way that FastAPI documents
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemas = document["components"]["schemas"]
        schemas |= _models_of_problems()
        # The front reads the key, before a route is chosen: no route knows that there is one.
        document["components"]["securitySchemes"] = {"HTTPBearer": _BEARER}
        for path in document["paths"].keys() - OPEN_PATHS:
            for operation in document["paths"][path].values():
                operation["security"] = [{"HTTPBearer": []}]
        for schema in schemas.values():
            _rename(schema)
        app.openapi_schema = document
    return app.openapi_schema


def _models_of_problems() -> dict[str, Any]:
    schema = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "Problem": schema}


def _rename(schema: dict[str, Any]) -> None:
    """Views have `from_` where JSON has "from"."""
    if "properties" in schema:
        schema["properties"] = {json_name(name): value for name, value in schema["properties"].items()}
    if "required" in schema:
        schema["required"] = [json_name(name) for name in schema["required"]]

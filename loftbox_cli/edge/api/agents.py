"""/v1/agents: registered programs."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from loftbox_cli.core.views.agent import AgentView
from loftbox_cli.core.views.form import ListView
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import Body, StrictRoute
from loftbox_cli.edge.api.call import AskedOnce, Managing, OrderedQuery, Reading
from loftbox_cli.services import agents, shown
from loftbox_cli.services.tx import Tx

router = APIRouter(prefix="/v1/agents", tags=["agents"], route_class=StrictRoute)


class NewAgent(Body):
    """A program to register; `owner` names the person who answers for it."""

    name: str
    purpose: str
    owner: str


@router.get("", operation_id="agents.list", response_model=ListView[AgentView])
async def list_agents(call: Reading, query: Annotated[OrderedQuery, Query()]) -> Response:
    """List agents; an agent's key sees its own."""

    def listed(tx: Tx) -> ListView[AgentView]:
        return shown.page(tx, agents.page(tx, query.page, call.viewer), shown.agent)

    return rendering.shown(call.glance(listed))


@router.post("", operation_id="agents.create", status_code=201, response_model=AgentView)
async def create_agent(call: Managing, asked: AskedOnce, body: NewAgent) -> Response:
    """Register an agent."""

    def create(tx: Tx) -> AgentView:
        made = agents.create(tx, name=body.name, purpose=body.purpose, owner=body.owner, now=call.now)
        return shown.agent(tx, made)

    return await call.once(asked, create)


@router.get("/{agent}", operation_id="agents.retrieve", response_model=AgentView)
async def retrieve_agent(call: Reading, agent: str) -> Response:
    """Show an agent, by id or name."""

    def find(tx: Tx) -> AgentView:
        return shown.agent(tx, agents.find(tx, agent, call.viewer))

    return rendering.shown(call.glance(find))

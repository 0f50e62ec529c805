from datetime import UTC, datetime

import pytest

from loftbox_cli.core.endpoint import Endpoint, EndpointStatus
from loftbox_cli.core.ids import AgentId, EndpointId

MINE, FOREIGN = AgentId("agent_1"), AgentId("agent_2")
HELD, RECEIVED = "message.held", "message.received"


@pytest.mark.parametrize("status", list(EndpointStatus))
@pytest.mark.parametrize(
    ("events", "owner", "kind", "about", "wanted"),
    [
        ((), None, HELD, MINE, True),
        ((), None, HELD, None, True),
        ((HELD,), None, HELD, MINE, True),
        ((HELD,), None, RECEIVED, MINE, False),
        ((), MINE, HELD, MINE, True),
        ((), MINE, HELD, FOREIGN, False),
        ((), MINE, HELD, None, False),
        ((HELD,), MINE, RECEIVED, MINE, False),
    ],
)
def test_an_endpoint_wants_its_types_about_its_agent_while_it_is_active(
    events: tuple[str, ...],
    owner: AgentId | None,
    kind: str,
    about: AgentId | None,
    wanted: bool,
    status: EndpointStatus,
) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    endpoint = Endpoint(EndpointId("wh_1"), "https://peer.test", events, owner, status, at)
    assert endpoint.wants(kind, about) is (wanted and status is EndpointStatus.ACTIVE)

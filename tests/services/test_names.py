import pytest

from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.person import Role
from loftbox_cli.services import agents, persons
from tests.services.house import House


@pytest.mark.parametrize("name", ["", "  ", "\t"])
def test_a_name_that_is_none_names_nobody(house: House, name: str) -> None:
    house.refuses(BadInput, agents.create, name=name, purpose="", owner="", now=house.now)
    house.refuses(
        BadInput,
        persons.create,
        name=name,
        address="anna@example.org",
        role=Role.APPROVER,
        system_user="",
        **house.by(),
    )

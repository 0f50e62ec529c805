"""`loftbox doctor` knocks at the doors of a gateway that runs."""

from tests.serve.conftest import OpenGateway


async def test_the_doors_of_a_gateway_that_runs_answer(open_gateway: OpenGateway) -> None:
    gateway = open_gateway()
    await gateway.start()
    done = await gateway.run("doctor", "--json")
    states = {check["name"]: check["state"] for check in done.json["data"]}
    told = {name: states[name] for name in ("gateway", "smtp", "http", "exposure", "clock", "master key")}
    assert told == dict.fromkeys(told, "ok")
    assert done.code == 0

"""A disk that fails under the daemon costs nobody a mail: single system calls of it are made to fail."""

import pytest

from tests.peers.programs import absent, wanted_program
from tests.serve.conftest import OpenGateway
from tests.serve.injecting import SYNCS, WRITES, CannotTraceError, Fault, broken_promises


@pytest.mark.rule("I17")
@pytest.mark.rule("I20")
@pytest.mark.parametrize("fault", [Fault(SYNCS, "EIO", "1+"), Fault(WRITES, "ENOSPC", "2+")], ids=str)
async def test_a_call_that_fails_is_4yz_and_what_got_its_250_is_there_after_a_kill(
    open_gateway: OpenGateway, fault: Fault
) -> None:
    strace = wanted_program("strace")
    try:
        told, failed, wrong = await broken_promises(strace, open_gateway(), fault, mails=2)
    except CannotTraceError as error:
        absent(f"the right to trace: {error}")
    assert wrong == []
    assert failed
    assert told.others
    assert {reply[:3] for reply in told.others} <= {"451", "452", "421"}

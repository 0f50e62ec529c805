"""Nothing is on the wire that a policy or a person did not allow at that moment, in these very bytes."""

import pytest
from hypothesis import HealthCheck, settings

from tests.services.oversight_machine import OversightMachine

OversightMachine.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
test_nothing_leaves_that_was_not_allowed = pytest.mark.rule("D7")(OversightMachine.TestCase)

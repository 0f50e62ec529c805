"""What holds for all tests: a slow machine is no fault of the product."""

from hypothesis import settings

# Work is bounded by how the parsers are built; where the suite runs it may share its processor with anything.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

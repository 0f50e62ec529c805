"""Policies: what may leave without a person, as rules that an operator writes, reads and tests."""

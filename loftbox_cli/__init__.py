"""LoftBox: a governed mailbox for each AI agent, on a domain you own."""

__version__ = "0.1.0"

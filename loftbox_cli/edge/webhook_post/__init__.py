"""The wire to webhooks: posts an event to somebody else's server, and never where it may not reach."""

from loftbox_cli.edge.webhook_post.poster import HttpPoster

__all__ = ["HttpPoster"]

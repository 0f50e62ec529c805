"""Whether a gateway is healthy: facts in, findings out."""

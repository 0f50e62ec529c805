"""The HTTP API: a door that translates requests into verbs, and what they answer into JSON."""

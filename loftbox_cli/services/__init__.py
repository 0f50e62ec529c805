"""The verbs: each takes one transaction, changes the state and tells its event."""

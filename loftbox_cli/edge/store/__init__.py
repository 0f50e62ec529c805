"""The store: one SQLite file that is the whole truth."""

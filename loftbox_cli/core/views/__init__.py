"""What people and programs see: the JSON of the API, the `--json` and the tables of the command line."""

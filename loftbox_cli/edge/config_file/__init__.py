"""The operator's settings: a TOML file, the environment and flags, read strictly."""

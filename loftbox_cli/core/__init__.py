"""Facts in, a decision out. Nothing here reads a file, a clock, a socket or chance."""

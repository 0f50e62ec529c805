"""Pages for people: what a browser shows of the gateway, made here and whole without a script."""

"""The world in small, on loopback: what the demo and the tests talk to instead of the internet."""

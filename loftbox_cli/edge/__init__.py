"""The rooms that touch the world. They do not know each other; `wiring.py` joins them."""

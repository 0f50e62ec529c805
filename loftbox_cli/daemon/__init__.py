"""`loftbox serve`: the loops, and nothing but the loops.

Each does three things: ask what is due, call a verb, wait for the next due time.
"""

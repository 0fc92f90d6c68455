"""A contact centre that exists only in chance: who gets in touch, when, how, and how long they wait.

Everything in this package is pure and drawn from a seed; `live` plays it against a running hub.
All times are model seconds; `live` divides them by the speed.
"""

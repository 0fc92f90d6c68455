"""Plays the simulated contact centre against a running hub, through its public interfaces only."""

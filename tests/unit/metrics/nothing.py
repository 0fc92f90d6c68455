"""Figures of a time in which nothing happened."""

from shared.contracts.kpis import Kpis

NOTHING = Kpis(
    offered=0,
    answered=0,
    answered_in_time=0,
    abandoned=0,
    abandoned_short=0,
    handled=0,
    handle_time=0,
    talk_time=0,
    hold_time=0,
    wrapup_time=0,
    waiting=0,
)

"""Offices that open and close while their queues are at work."""

from abc import abstractmethod

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from services.routing.domain.commands import Command, ConfigureCalendar, ConfigureSkill, FireTimers
from services.routing.domain.hours import CalendarSettings, Hours

OFFICE = "office"
ALWAYS: Hours = ("00:00-24:00",)
hours: st.SearchStrategy[Hours] = st.sampled_from((ALWAYS, ("20:00-21:00",), ("07:00-08:05",), ("08:03-09:00",)))


def office(saturday: Hours) -> ConfigureCalendar:
    """The office of the pool, whose life begins on a Saturday at eight."""
    week: dict[str, Hours] = {"saturday": saturday}
    settings = CalendarSettings(name="Office", time_zone="UTC", week=week)  # type: ignore[arg-type]  # a weekday
    return ConfigureCalendar(calendar=OFFICE, settings=settings)


class Offices(RuleBasedStateMachine):
    """Rules for the life of a pool."""

    @abstractmethod
    def do(self, command: Command | FireTimers, early: int = 0) -> None:
        """Has it decided."""

    @rule(saturday=hours)
    def configure_calendar(self, saturday: Hours) -> None:
        self.do(office(saturday))

    @rule(name=st.sampled_from(("Sales", "Vendita")))
    def configure_skill(self, name: str) -> None:
        self.do(ConfigureSkill(skill="sales", name=name))

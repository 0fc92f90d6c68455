"""Who speaks the customer's language gets the contact, where the queue asks that."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.routing.bodies import AgentWanted
from services.routing.domain.commands import ConfigureAgent, FireTimers, OpenTicket, TransferTicket
from services.routing.domain.configuration import AgentConfigured, AgentSettings, QueueConfigured, QueueSettings, Ring
from services.routing.domain.events import Event, TicketWidened
from services.routing.domain.evolve import evolve
from services.routing.domain.explaining import explain
from services.routing.domain.languages import primary
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool
from shared.contracts.agents import AgentSkillsChanged
from shared.contracts.tickets import TicketOffered, TicketOpened, TicketQueued
from tests.unit.routing.scenario import EIGHT, given, open_ticket, signed_in, status, when


def queue(name: str, **settings: Any) -> Event:  # noqa: ANN401 (fields of the settings)
    return QueueConfigured(pool="main", queue=name, at=EIGHT, settings=QueueSettings(name=name, **settings))


def speaker(name: str, **languages: int) -> list[Event]:
    settings = AgentSettings(name=name, languages=languages)
    configured = AgentConfigured(pool="main", agent=name, at=EIGHT, settings=settings)
    return [configured, signed_in(name), status(name, "available", 0)]


def of(events: tuple[Event, ...] | Refused, kind: type[Any]) -> Any:  # noqa: ANN401 (the one of that kind, or None)
    assert not isinstance(events, Refused), events
    return next((event for event in events if isinstance(event, kind)), None)


def asks(language: str | None = "de", queue: str = "mail") -> OpenTicket:
    return replace(open_ticket("t1", happened=1, queue=queue, channel="email"), language=language)


def after(pool: Pool, command: OpenTicket) -> Pool:
    events = when(pool, command, 1)
    assert not isinstance(events, Refused)
    for event in events:
        evolve(pool, event)
    return pool


MATCHING = queue("mail", match_language=3)


def test_a_contact_goes_to_who_speaks_the_customers_language_well_enough() -> None:
    pool = given(MATCHING, speaker("ann", en=5), speaker("bob", de=2), speaker("cem", de=3))
    events = when(pool, asks(), 1)
    opened = of(events, TicketOpened)
    assert (opened.skills, opened.levels, opened.language) == (("language:de",), {"language:de": 3}, "de")
    assert of(events, TicketOffered).agent == "cem"


@pytest.mark.parametrize("language", [None, "fi"])
def test_what_is_not_known_or_nobody_speaks_is_not_asked(language: str | None) -> None:
    events = when(given(MATCHING, speaker("ann", en=5)), asks(language), 1)
    assert (of(events, TicketOpened).skills, of(events, TicketOffered).agent) == ((), "ann")


def test_a_queue_that_does_not_say_so_asks_no_language() -> None:
    events = when(given(speaker("ann", en=5), speaker("bob", de=5)), asks(), 1)
    assert (of(events, TicketOpened).skills, of(events, TicketOpened).language) == ((), "de")


def test_it_waits_if_nobody_who_speaks_it_is_there() -> None:
    away = speaker("bob", de=5)[0]
    assert of(when(given(MATCHING, speaker("ann", en=5), away), asks(), 1), TicketOffered) is None


@pytest.mark.parametrize(
    ("ring", "needs"),
    [
        (Ring(after_s=10, lower=1), {"language:de": 2}),
        (Ring(after_s=10, without=("language:*",)), {}),
        (Ring(after_s=10, without=("language:de",)), {}),
        (Ring(after_s=10, without=("language:en",)), {"language:de": 3}),
    ],
)
def test_rings_relax_languages_as_they_relax_skills(ring: Ring, needs: dict[str, int]) -> None:
    pool = given(queue("mail", match_language=3, rings=(ring,)), speaker("bob", de=2))
    widened = of(when(after(pool, asks()), FireTimers(), 11), TicketWidened)
    assert widened.needs == needs


def test_each_queue_asks_the_language_by_its_own_settings() -> None:
    pool = given(MATCHING, queue("rest"), queue("best", match_language=5), speaker("bob", de=3))
    passed_on = after(pool, asks())
    for name, needs in (("rest", {}), ("best", {"language:de": 5})):
        events = when(passed_on, TransferTicket(ticket="t1", by="sue", queue=name), 2)
        assert of(events, TicketQueued).needs == needs


def test_the_explanation_says_which_language_an_agent_lacks() -> None:
    pool = given(MATCHING, speaker("ann", en=5), speaker("cem", de=3), speaker("dee", de=2))
    events = when(pool, asks(), 1)
    offer = of(events, TicketOffered)
    assert not isinstance(events, Refused)
    for event in events:
        if event is offer:
            break
        evolve(pool, event)
    found = {one.agent: one for one in explain(pool, offer).candidates}
    assert {name: one.why for name, one in found.items()} == {"ann": "language", "cem": "chosen", "dee": "language"}
    assert found["ann"].lacks == {"language:de": 3}


def test_languages_are_configured_once_and_are_no_skills() -> None:
    settings = AgentSettings(name="Ann", skills={"sales": 5}, languages={"de": 4})
    first = when(given(), ConfigureAgent(agent="ann", settings=settings), 1)
    assert of(first, AgentSkillsChanged).levels == {"sales": 5}
    pool = given(of(first, AgentConfigured))
    assert when(pool, ConfigureAgent(agent="ann", settings=settings), 2) == ()
    other = when(pool, ConfigureAgent(agent="ann", settings=replace(settings, languages={"de": 5})), 2)
    assert (of(other, AgentConfigured).settings.languages, of(other, AgentSkillsChanged)) == ({"de": 5}, None)


@pytest.mark.parametrize(
    ("tag", "code"),
    [("de", "de"), ("DE-at", "de"), ("gsw-CH", "gsw"), (None, None), ("", None), ("german", None), ("d", None)],
)
def test_of_a_language_tag_the_language_counts(tag: str | None, code: str | None) -> None:
    assert primary(tag) == code


@pytest.mark.parametrize("languages", [{"de": 4, "en": 5}, ["de"], {}])
def test_an_agents_languages_have_levels_or_are_listed(languages: Any) -> None:  # noqa: ANN401 (what a client sends)
    wanted = TypeAdapter(AgentWanted).validate_python({"pool": "main", "name": "Ann", "languages": languages})
    assert wanted.languages == (languages if isinstance(languages, dict) else {"de": 5})


@pytest.mark.parametrize(
    ("languages", "reason"),
    [
        ({"DE": 4}, "DE is no language's code"),
        ({"de-AT": 4}, "without a region"),
        ({"german": 4}, "german is no language's code"),
        ({False: 4}, "put no and on in quotes"),
        (["de", "x"], "x is no language's code"),
        ({"de": 6}, "less than or equal to 5"),
        ({"de": 0}, "greater than or equal to 1"),
        ("de", "dictionary"),
    ],
)
def test_what_is_no_language_or_level_is_refused_with_the_reason(languages: Any, reason: str) -> None:  # noqa: ANN401 (what a client sends)
    with pytest.raises(ValidationError, match=reason):
        TypeAdapter(AgentWanted).validate_python({"pool": "main", "name": "Ann", "languages": languages})

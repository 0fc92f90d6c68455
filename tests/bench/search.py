"""Finding customers among a million identities and what they said in 200,000 messages.

    python -m tests.bench.search        with HUB_TEST_MONGO naming a running server

Each figure is the time of one page of 20 customers in the profile service's own code, without HTTP: what the database
and the program take. The people are made: 60 % have a mail address, 40 % a number, a quarter of each is merged with one
of the other kind; names and words are as unevenly spread as people's and languages' are.
"""

import asyncio
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from statistics import median
from time import perf_counter

import uvloop
from bson import ObjectId
from pymongo.errors import NetworkTimeout

from services.profile.domain.identities import Sighting, documents
from services.profile.domain.search import question
from services.profile.domain.wording import words_of
from services.profile.searching import Search
from services.profile.store import Store
from shared.mongo import Document, connect, database
from tests.bench.rows import Row, machine_load
from tests.sealed_events import MOMENT

IDENTITIES, MESSAGES = 1_000_000, 200_000
_QUESTIONS = 150
_BATCH = 5_000
_DOMAINS = ("mail.example", "post.example", "inbox.example", "shop.example", "firm.example")
_SYLLABLES = ("an", "ber", "ca", "do", "el", "fri", "ga", "hu", "is", "jo", "ka", "lü", "mei", "no", "ot", "pe", "ri")


class People:
    """The same people whenever they are made."""

    def __init__(self, identities: int) -> None:
        self.identities = identities
        chance = Random(4)
        self._first = [_word(chance, 2).title() for _ in range(800)]
        self._last = [_word(chance, 3).title() for _ in range(30_000)]
        self._words = [_word(chance, 1 + number % 4) + ("" if number < 50 else str(number)) for number in range(30_000)]

    def sighting(self, number: int) -> Sighting:
        """An identity and its name."""
        chance = Random(number)
        name = f"{_unevenly(chance, self._first)} {_unevenly(chance, self._last)}"
        if number % 5 < 3:
            local = name.lower().replace(" ", ".").replace("ü", "ue")
            identity = f"email:{local}{number % 9_973}@{_unevenly(chance, _DOMAINS)}"
        else:
            identity = f"phone:+4915{(number * 7_919_317) % 10**9:09}"
        return Sighting(hashed=f"{number:032x}", identity=identity, name=name)

    def text(self, number: int) -> str:
        """What is said in a message: some forty words."""
        chance = Random(-number)
        return " ".join(_unevenly(chance, self._words) for _ in range(40))


def _word(chance: Random, syllables: int) -> str:
    return "".join(chance.choice(_SYLLABLES) for _ in range(syllables + 1))


def _unevenly(chance: Random, of: tuple[str, ...] | list[str]) -> str:
    """One of many, the first ones far more often."""
    return of[int(len(of) * chance.random() ** 4)]


async def fill(store: Store, people: People, messages: int) -> None:
    """Writes identities, merged customers, timeline entries and words; the indexes last, which is far faster."""
    for start in range(0, people.identities, _BATCH):
        numbers = range(start, min(start + _BATCH, people.identities))
        await store.identities.insert_many(documents(map(people.sighting, numbers)), ordered=False)
        pairs = [(f"{number:032x}", f"{number + 3:032x}") for number in numbers if number % 20 == 0]
        await store.customers.insert_many([{"_id": one, "members": [one, other], "since": 0} for one, other in pairs])
    for start in range(0, messages, _BATCH):
        said = [_said(people, number) for number in range(start, min(start + _BATCH, messages))]
        await store.timeline.insert_many([entry for entry, _ in said], ordered=False)
        await store.words.insert_many([words for _, words in said], ordered=False)
    await _indexed(store)


async def _indexed(store: Store) -> None:
    """Waits for the indexes, which take longer than the client waits for one answer."""
    while True:
        try:
            return await store.create_indexes()
        except NetworkTimeout:
            continue


def _said(people: People, number: int) -> tuple[Document, Document]:
    content = {"text": people.text(number), "name": people.sighting(number % people.identities).name}
    event = f"e-{number}"
    identity = f"{number * 7 % people.identities:032x}"
    at = MOMENT + timedelta(seconds=number)
    entry = {"_id": event, "identity": identity, "at": at, "content": content, "direction": "inbound", "type": "m"}
    words = {"_id": ObjectId().binary, "identity": identity, "at": at, "event": event, "version": [False, at, event]}
    return entry, {**words, "words": list(words_of(content))}


def questions(people: People) -> dict[str, Callable[[int], str]]:
    """What is asked, by what it is, of somebody or something with a number."""

    def address(number: int) -> str:
        return (people.sighting(number - number % 5).identity or "").partition(":")[2]

    def phone(number: int) -> str:
        return (people.sighting(number - number % 5 + 4).identity or "").partition(":")[2]

    def name(number: int) -> list[str]:
        return (people.sighting(number).name or "").split()

    def said(number: int) -> list[str]:
        return sorted(people.text(number).split(), key=len)

    return {
        "a whole address": address,
        "half an address": lambda number: address(number).partition("@")[0][:9],
        "a domain that a fifth of all have": lambda number: _DOMAINS[number % 3],
        "the last six digits of a number": lambda number: phone(number)[-6:],
        "the first half of a number": lambda number: f"0{phone(number)[3:9]}",
        "a name": lambda number: " ".join(name(number)),
        "beginnings of a name": lambda number: f"{name(number)[1][:4]} {name(number)[0][:3]}",
        "a common first name": lambda number: name(number)[0],
        "a rare word said": lambda number: said(number)[-1],
        "two common words said": lambda number: " ".join(said(number)[:2]),
    }


async def measure(mongo: str, identities: int = IDENTITIES, messages: int = MESSAGES) -> list[Row]:
    """A row for each kind of question: what 99 of 100 take at most, beside one find by id; halves in the note."""
    client = connect(mongo)
    store = Store(database(client, f"bench{uuid.uuid4().hex[:8]}", "profile"))
    try:
        people = People(identities)
        await fill(store, people, messages)
        return [await _row(store, what, ask, identities) for what, ask in questions(people).items()]
    finally:
        await client.drop_database(store.database.name)
        await client.close()


async def _row(store: Store, what: str, ask: Callable[[int], str], identities: int) -> Row:
    """Pages take turns with single finds by id, so both see the same machine."""
    search = Search(store)
    pages: list[float] = []
    finds: list[float] = []
    shown = 0
    for number in _numbers(identities):
        asked = question(ask(number), "49")
        began = perf_counter()
        hits, _ = await search.page(asked, None, 20)
        paged = perf_counter()
        await store.identities.find_one({"_id": f"{number:032x}"})
        finds.append((perf_counter() - paged) * 1_000)
        pages.append((paged - began) * 1_000)
        shown += len(hits)
    note = (
        f"(one find by id; half within {median(pages):.1f} and {median(finds):.1f} ms; "
        f"{shown / len(pages):.1f} customers a page; {machine_load()})"
    )
    value, baseline = (sorted(times)[int(len(times) * 0.99)] for times in (pages, finds))
    name = f"search by {what} among {identities:,} identities, p99"
    return Row(name=name, value=value, unit="ms", baseline=baseline, ratio=value / baseline, goal=None, note=note)


def _numbers(identities: int) -> Iterator[int]:
    chance = Random(11)
    for _ in range(_QUESTIONS):
        yield chance.randrange(identities)


async def _main() -> None:
    for row in await measure(os.environ["HUB_TEST_MONGO"]):
        print(row)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main())

"""How good the linking of identities is: what is linked without being asked, and what is suggested to agents.

    python -m tests.bench.quality

The definitions of precision, recall and of what the evidence supports are in tests/people/judging.py, those of the
suggestions in tests/bench/suggesting.py, the habits of the generated people in tests/people.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.bench import febrl
from tests.bench.rows import Row
from tests.bench.suggesting import Known, Ranking, rank
from tests.oracle.people import Claim, Side
from tests.people.contacts import Heard, heard, side
from tests.people.deciding import decide_all
from tests.people.judging import Judged, judge, pairs, pairs_of, sound_claims, true_claims
from tests.people.population import START

SEED, PEOPLE = 4, 20_000
_TOP = 0.9
SHARE = "share"
_RULE = "|---|---|---|---|---|"
_EXPLAINED = (
    "Pairs of identities of generated people (households, couples with one mailbox, role mailboxes, numbers that were",
    "handed on, typing errors, people who moved or married) and of the febrl data sets. A linked pair is right if both",
    "identities are the same one person's and nobody else's. Recall is over what true evidence on nobody else's",
    "identities supports. *Sound* evidence leaves out what no rule can know: claims that are wrong, and identities of",
    "several people that no claim shows to be shared; *true* evidence leaves out wrong claims only. Suggestions are",
    "ranked by likeness; their top are the first N, where N is the number of right ones among them.",
)


def measure(people: int = PEOPLE, seed: int = SEED) -> list[Row]:
    """The rows of the report."""
    world = heard(seed, people)
    decided = decide_all(world.claims)
    customers = sorted(decided.partition, key=min)
    rows = [
        *_of_links(
            "sound evidence",
            judge(world, sound_claims(world)),
            f"{people:,} generated people, {len(world.claims):,} claims; the decider's own errors",
            goal=1.0,
        ),
        *_of_links("true evidence", judge(world, true_claims(world)), "and addresses of several people, unrecognised"),
        *_of_links("all evidence", judge(world, world.claims), f"and {len(world.wrong):,} claims that are wrong"),
        *_of_suggestions("generated people", rank(records(world, customers))),
    ]
    for name in febrl.SETS:
        rows += _of_febrl(name)
    outcomes = Counter(decided.outcome.values()).most_common()
    return rows + [
        Row(name=f"all evidence: {word}", value=count, unit="claims", baseline=None, ratio=None, goal=None)
        for word, count in outcomes
    ]


def records(world: Heard, customers: Iterable[Iterable[str]]) -> list[Known]:
    """What is told of each identity, with the customer that it is in."""
    found: list[Known] = []
    for customer in customers:
        members = sorted(customer)
        unique = unique_kinds(members)
        found += [
            Known(
                person=world.told[one].told,
                whose=frozenset({world.told[one].person}),
                customer=members[0],
                unique=unique,
            )
            for one in members
            if one in world.told
        ]
    return found


def unique_kinds(customer: Iterable[str]) -> frozenset[str]:
    """The kinds of its unique identities."""
    sides = (side(identity) for identity in customer)
    return frozenset(one.kind for one in sides if one.standing == "unique")


def _of_febrl(name: str) -> list[Row]:
    found = febrl.records(name)
    ranking = rank(
        [Known(person=record.person, whose=frozenset({record.whose}), customer=record.id) for record in found]
    )
    judged = judge_social_security(found)
    links = _of_links(f"febrl {name}", judged, "by the social security number, as a unique kind")
    return [*_of_suggestions(f"febrl {name}", ranking), *links]


def judge_social_security(found: Sequence[febrl.FebrlRecord]) -> Judged:
    """The automatic part on febrl: the only hard identity there is the number. Supported are all pairs of a person,
    though half of the numbers were mistyped on purpose."""
    claims = [
        Claim(
            id=record.id,
            first=Side(identity=record.id, kind="record", standing="strong"),
            second=Side(identity=f"ssn:{record.social_security}", kind="ssn", standing="unique"),
            evidence="import",
            at=START,
        )
        for record in found
        if record.social_security
    ]
    whose = {record.id: record.whose for record in found}
    linked = {pair for pair in pairs(decide_all(claims).partition) if whose.keys() >= set(pair)}
    wanted = pairs_of(whose)
    right = len(linked & wanted)
    return Judged(linked=len(linked), right=right, strangers=len(linked) - right, supported=len(wanted), kept=right)


def _of_links(what: str, judged: Judged, note: str, goal: float | None = None) -> list[Row]:
    return [
        _share(f"links, {what}: precision", judged.precision, f"{judged.linked:,} pairs; {note}", goal),
        _share(f"links, {what}: pairs of two people", judged.strange, f"{judged.strangers:,} pairs"),
        _share(f"links, {what}: recall", judged.recall, f"of {judged.supported:,} pairs", goal),
    ]


def _of_suggestions(what: str, ranking: Ranking) -> list[Row]:
    wide = f"{ranking.compared:,} pairs compared, {ranking.widest} records under the widest key"
    reach = f"of {ranking.true:,} pairs, {ranking.reachable:,} of them share a key"
    return [
        _share(f"suggestions, {what}: precision at the top", ranking.precision_at(ranking.found), wide, _TOP),
        _share(f"suggestions, {what}: precision at 100", ranking.precision_at(100)),
        _share(f"suggestions, {what}: precision at 500", ranking.precision_at(500)),
        _share(
            f"suggestions, {what}: precision of all", sum(ranking.hits) / len(ranking.hits), f"{len(ranking.hits):,}"
        ),
        _share(f"suggestions, {what}: recall", ranking.recall, reach),
    ]


def _share(name: str, value: float, note: str = "", goal: float | None = None) -> Row:
    ratio = None if goal is None else value / goal
    return Row(name=name, value=value, unit=SHARE, baseline=goal, ratio=ratio, goal=goal and 1.0, note=note)


def section(rows: Sequence[Row]) -> list[str]:
    """The report for docs/benchmarks.md. The three selections of evidence are explained there in short."""
    met = {True: "yes", False: "no", None: ""}
    goal = {row.name: "" if row.baseline is None else f"≥ {row.baseline}" for row in rows}
    lines = (f"| {row.name} | {figure(row)} | {goal[row.name]} | {met[row.met]} | {row.note} |" for row in rows)
    return [
        *_EXPLAINED,
        "",
        "| what | measured | goal | met | of |",
        _RULE,
        *lines,
    ]


def figure(row: Row) -> str:
    """A share with four digits, a count with none."""
    return f"{row.value:.4f}" if row.unit == SHARE else f"{row.value:,.0f} {row.unit}"


if __name__ == "__main__":
    for row in measure():
        goal = "" if row.baseline is None else f"(goal {row.baseline})"
        print(f"{figure(row):>20} {row.name} {goal} {row.note}".rstrip())

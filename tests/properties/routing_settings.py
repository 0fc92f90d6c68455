"""Settings of queues, as a pool's administrator may try them."""

from dataclasses import replace

from hypothesis import strategies as st

from services.routing.domain.configuration import Overflow, QueueSettings, Ring
from services.routing.domain.targets import TARGETS, EscalationRule, TargetSettings
from services.routing.domain.tell_wait import TellWait
from tests.properties.routing_complaints import SETTINGS
from tests.properties.routing_hours import OFFICE

QUEUES = ("sales", "mail")
SKILLS = ("sales", "german")

target_times = st.none() | st.sampled_from((5.0, 25.0))
targets = st.builds(
    TargetSettings, first_response_s=target_times, next_response_s=target_times, resolution_s=target_times
)
escalations = st.builds(EscalationRule, target=st.sampled_from(TARGETS), at=st.sampled_from(("warned", "breached")))


def with_rules(queue: QueueSettings, rules: set[EscalationRule]) -> QueueSettings:
    """The queue with those of the rules that its targets allow."""
    fit = [rule for rule in rules if queue.targets.seconds(rule.target) is not None]
    return replace(queue, escalate_on=tuple(sorted(fit, key=str)))


subsets = st.sets(st.sampled_from(SKILLS)).map(lambda names: tuple(sorted(names)))
levels = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5))
whens = st.sampled_from(
    ({"after_s": 8.0}, {"after_s": 20.0}, {"over": 0}, {"over": 2}, {"closed": True}, {"after_s": 8.0, "over": 1})
)
wheres = st.sampled_from(({}, {"voicemail": True}, {"pool": "south"}))
overflows = st.builds(lambda to, when, where: Overflow(to=to, **when, **where), st.sampled_from(QUEUES), whens, wheres)
queue_settings = st.builds(
    QueueSettings,
    name=st.just("Queue"),
    skills=levels,
    threshold_s=st.sampled_from((5.0, 20.0, 600.0)),
    policy=st.sampled_from(("most_spare", "longest_idle", "best_skill")),
    prefer=st.permutations(("account_manager", "last_agent")).map(lambda all_: tuple(all_[:1])),
    prefer_wait_s=st.sampled_from((0.0, 0.0, 15.0)),
    rings=st.lists(
        st.builds(
            Ring,
            after_s=st.sampled_from((0.0, 10.0, 25.0)),
            lower=st.integers(0, 2),
            without=subsets | st.just(("language:*",)),
        ),
        max_size=3,
    ).map(lambda rings: tuple(sorted(rings, key=lambda ring: ring.after_s))),
    auto_accept=st.booleans(),
    return_wait_s=st.sampled_from((0.0, 15.0)),
    wrapup_s=st.none() | st.just(12.0),
    wrapup_codes=st.sampled_from(((), (), ("done", "sold"))),
    reopen_s=st.sampled_from((0.0, 30.0)),
    calendar=st.none() | st.just(OFFICE),
    overflow=st.lists(overflows, max_size=2).map(tuple),
    escalate_to=st.none() | st.sampled_from(QUEUES),
    match_language=st.none() | st.integers(1, 5),
    complaints=st.sampled_from(SETTINGS),
    tell_wait=st.none()
    | st.builds(TellWait, text=st.just("{position}, {minutes}"), after_s=st.sampled_from((5.0, 25.0))),
    targets=targets,
)

"""Which events an erasure takes with it. The rule is the same for ingest, for every view, and for a replay in years."""

from datetime import datetime

ERASED = "[erased]"
"""What is shown of it."""


def is_erased(erased: datetime, time: datetime, recordedtime: datetime) -> bool:
    """Whether the erasure of a person at `erased` covers an event that happened at `time` and was taken in then.

    It covers what happened or was taken in up to that moment: a late event does not bring an erased person back. Only
    what happened and was taken in afterwards is a new contact, of a new person under the same hash.
    """
    return time <= erased or recordedtime <= erased

"""How long whoever comes next to a queue will wait, estimated from what its contacts do, whichever engine routes them.

While somebody waits, all who may serve the queue are taken, and one contact leaves it whenever one of them is free. Who
comes next leaves it after all n who wait now, so after n + 1 such times: (n + 1) ÷ the rate at which contacts were
answered of late. That is the queue-length estimator of W. Whitt (Predicting queueing delays, Management Science 45,
1999): what Little's law says of a line whose length is known. It takes no account of those who will hang up, nor of
time in which agents had nothing to do, so it is rather too long than too short; and none of who is served out of turn.
"""

PACE_SECONDS = 1_800
"""Of how long the rate is: long enough for some to be answered, and short enough to follow the day."""


def estimated_wait(waiting: int, answered: int) -> float | None:
    """In seconds. answered: in the last PACE_SECONDS; if nobody was, the rate is unknown, and the estimate is None.
    Where nobody waits, somebody is taken to be free, so it is 0.
    """
    if answered == 0:
        return None
    return (waiting + 1) * PACE_SECONDS / answered if waiting else 0.0

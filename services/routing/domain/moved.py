"""What a pool remembers of contacts that went from one pool to another.

A conversation's commands go to the pool of its first ticket for ever. Once that pool has handed the contact over, it
passes them on, numbered, and the other one says when it is done with all of them:

    pool A                                    pool B
    overflow: OpenTicket, number 1    ──►     opens a ticket, remembers A and 1
    the customer leaves: EndContact, 2 ─►     ends it, remembers 2; it is over
    forgets                           ◄──     ForgetContact, number 2

What A has sent in between, B has yet to see; so A forgets only if B knows its last number, and B answers once more.
"""

from dataclasses import dataclass

MOST_HOPS = 3
"""A contact goes from pool to pool so often at most; then it stays where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A contact that another pool has taken over. queue: where it went there. number: of the last command sent. hops:
    how often it had gone from pool to pool when it went there.
    """

    pool: str
    queue: str
    number: int
    hops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A contact that was taken over from another pool. number: of the last command that came from there. hops: how
    often it had gone from pool to pool when it came.
    """

    pool: str
    number: int
    hops: int

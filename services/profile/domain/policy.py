"""What an organisation decides for itself: the rules for identities, who may do what, how long things are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.profile.domain.rules import Rules

Reader = Literal["agent", "supervisor"]
"""Roles that may be given a right; admin has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may do what with customers. link: merge, split, keep apart, declare shared.

    any_customer: may look for and at every customer; who may not sees those of the own pool's tickets. masked: kinds of
    identities (`crm`, `phone`, …) of which a role sees the end only.
    """

    link: tuple[Reader, ...] = ("agent", "supervisor")
    write: tuple[Reader, ...] = ("agent", "supervisor")
    any_customer: tuple[Reader, ...] = ("agent", "supervisor")
    export: tuple[Reader, ...] = ("supervisor",)
    erase: tuple[Reader, ...] = ()
    audit: tuple[Reader, ...] = ("supervisor",)
    masked: Mapping[Reader, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """retention: days that the timeline keeps what came through a channel; channels that are not named: for ever."""

    identities: Rules = field(default_factory=Rules)
    access: Access = field(default_factory=Access)
    retention: Mapping[str, int] = field(default_factory=dict)

"""What the routes about privacy are asked and answer with, in JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.profile.domain.pages import Place, fingerprint, place_cursor, read_place
from shared.looks import LookShape, LooksWanted, looks_shown
from shared.mongo import Document


class EraseQuery(BaseModel):
    """dry_run: say what would go, and leave it. reason: why, such as `asked for it in writing, ticket T-1`; it
    stays in the log in the clear, so it should name nobody."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = False
    reason: Annotated[str, Field(max_length=1_000)] | None = None


class ErasureShape(BaseModel):
    """What went, or would go. erased: when; null for a dry run. links: claims about the identities; keys: destroyed."""

    customer: str
    erased: datetime | None
    identities: int
    entries: int
    attributes: int
    links: int
    keys: int


class LooksQuery(BaseModel):
    """customer: its id; who: the person's subject; to is not included; before: the cursor of the page before."""

    model_config = ConfigDict(extra="forbid")

    customer: Annotated[str, Field(max_length=100)] | None = None
    who: Annotated[str, Field(max_length=200)] | None = None
    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None
    before: Annotated[str, Field(max_length=300)] | None = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100

    @property
    def fingerprint(self) -> str:
        """Of everything but the page."""
        return fingerprint("looks", self.customer, self.who, self.since, self.until)

    def wanted(self, customers: Sequence[str] | None) -> LooksWanted:
        """The same for reading; WrongCursor if `before` is not of this query."""
        place = None if self.before is None else read_place(self.before, self.fingerprint)
        return LooksWanted(
            customers=customers,
            who=self.who,
            since=self.since,
            until=self.until,
            before=None if place is None else (place.at, place.id),
            limit=self.limit,
        )


class LooksShape(BaseModel):
    """A page of the audit log, the newest first."""

    items: list[LookShape]
    next: str | None


def looks_json(found: Sequence[Document], asked: LooksQuery) -> dict[str, Any]:
    """The page, and where the next one begins."""
    page = found[: asked.limit]
    more = len(found) > asked.limit
    place = Place(at=page[-1]["at"], id=page[-1]["_id"]) if more else None
    return {"items": looks_shown(page), "next": place and place_cursor(place, asked.fingerprint)}

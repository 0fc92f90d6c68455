"""What the routes for writing on tickets take and answer."""

from datetime import datetime
from typing import Annotated, Self

from annotated_types import Len
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.routing.bodies import Body
from services.routing.domain.annotating import MOST_TAGS
from services.routing.domain.tags import tag_of

TagWritten = Annotated[str, Field(max_length=200), AfterValidator(tag_of)]
"""Any case and spacing; it is kept in small letters."""


class Tagging(Body):
    """add, remove: tags, of up to 50 characters; a ticket has up to 50. They stand in the clear in every log and list,
    so no names of persons.
    """

    add: Annotated[tuple[TagWritten, ...], Len(0, MOST_TAGS)] = ()
    remove: Annotated[tuple[TagWritten, ...], Len(0, MOST_TAGS)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.add and not self.remove:
            raise ValueError("name the tags to add or to remove")
        if both := sorted(set(self.add).intersection(self.remove)):
            raise ValueError(f"a tag is either added or removed, and {both[0]} is named for both")
        return self


class NoteWanted(Body):
    """text: for colleagues; the customer does not see it."""

    text: Annotated[str, Field(max_length=10_000, pattern=r"\S")]


class NoteShown(BaseModel):
    """A note. text: `[erased]` where the customer was erased after it was written."""

    model_config = ConfigDict(frozen=True)

    id: str
    ticket: str
    at: datetime
    by: str
    text: str

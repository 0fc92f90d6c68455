"""Parts of a ticket as the API shows it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.contracts.tickets_links import Relation


class LinkShown(BaseModel):
    """A ticket that belongs to this one. relation: what this ticket is to it."""

    model_config = ConfigDict(frozen=True)

    ticket: str
    relation: Relation | Literal["duplicated_by", "causes"]


class ConsultationShown(BaseModel):
    """A colleague whom the agent asks. expires: until when it can be answered."""

    model_config = ConfigDict(frozen=True)

    agent: str
    state: Literal["asked", "accepted"]
    expires: datetime | None

"""An agent has written to a customer."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from shared.contracts.envelope import STRICT
from shared.contracts.values import Conversation, Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerContact:
    """answered: when. Without an open ticket it means nothing."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["answer_contact"] = "answer_contact"
    conversation: Conversation
    answered: Moment

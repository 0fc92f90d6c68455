"""Web chat: frames of the visitor's socket → drafts, and the visitor's token. Pure but for the random ids it is given.

From the visitor                                         | to the visitor
{"type": "message", "id": …, "text": …}                  | {"type": "welcome", "visitor", "token", "conversation"}
{"type": "identify", "email": …, "name": …}              | {"type": "ack", "id", "event", "conversation"}
{"type": "leave"}                                        | {"type": "message", "id", "from", "text", "at"}
                                                         | {"type": "ended", "reason"}
                                                         | {"type": "error", "reason", "id"}

A message is from an `agent`, or from the `hub` itself: then no person wrote it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
import orjson

from services.ingest.domain.draft import RESERVED, Draft
from shared.contracts.content import ContactContent, Content, MessageContent
from shared.contracts.interactions import Identification, Message, Party, Stay

SOURCE = f"{RESERVED}channels/chat"
MAX_FRAME = 65_536
"""Characters of a frame; a message's own limit is a setting."""

_AUDIENCE = "interaction-hub-visitor"
_TOKEN_LIFE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Say:
    """A message. id: the visitor's own, so that sending it again changes nothing."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Identify:
    """The visitor tells who they are."""

    id: str
    email: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Leave:
    """The visitor closes the chat."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A frame that is none of these. reason: what to do; id: of the frame, if it has a usable one."""

    reason: str
    id: str | None = None


def frame_of(text: str, text_limit: int) -> Say | Identify | Leave | Unusable:
    """What the visitor's frame says. text_limit: characters of a message."""
    if len(text) > MAX_FRAME:
        return Unusable(f"A frame may have {MAX_FRAME} characters at most; this one was not read.")
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Unusable("The frame is no JSON.")
    if not isinstance(frame, dict):
        return Unusable("The frame is no JSON object.")
    own_id = frame.get("id")
    own_id = own_id if isinstance(own_id, str) and 1 <= len(own_id) <= 100 else None
    match frame:
        case {"type": "message", "text": str(said), **rest} if rest.keys() <= {"id"}:
            return _say(own_id, said, text_limit)
        case {"type": "identify", "email": str(email), **rest} if rest.keys() <= {"id", "name"}:
            return _identify(own_id, email, rest.get("name"))
        case {"type": "leave", **rest} if not rest:
            return Leave()
    return Unusable(
        "A frame is a message (id, text), identify (email, perhaps name) or leave, and has no more.", own_id
    )


def _say(own_id: str | None, said: str, limit: int) -> Say | Unusable:
    if own_id is None:
        return Unusable("A message needs an id: a string of 1 to 100 characters.")
    if not said.strip() or len(said) > limit:
        return Unusable(f"A message has 1 to {limit} characters.", own_id)
    return Say(own_id, said)


def _identify(own_id: str | None, email: str, name: Any) -> Identify | Unusable:  # noqa: ANN401 (any JSON value)
    if name is not None and not (isinstance(name, str) and 1 <= len(name) <= 200):
        return Unusable("A name has 1 to 200 characters.", own_id)
    return Identify(own_id or "", email, name)


# the visitor's token


def visitor_token(key: bytes, visitor: str, now: datetime) -> str:
    """What a visitor shows to be the same visitor again (HMAC-SHA256). It opens nothing else of the hub."""
    return jwt.encode({"sub": visitor, "aud": _AUDIENCE, "iat": now, "exp": now + _TOKEN_LIFE}, key, algorithm="HS256")


def visitor_of(key: bytes, token: str) -> str | None:
    """Who showed the token, or None if the hub did not sign it or it has expired."""
    try:
        claims = jwt.decode(token, key, algorithms=["HS256"], audience=_AUDIENCE, options={"require": ["exp", "sub"]})
    except jwt.InvalidTokenError:
        return None
    return str(claims["sub"])


# drafts


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor in a conversation (a UUID)."""

    visitor: str
    conversation: str

    @property
    def _facts(self) -> dict[str, Any]:
        return {"channel": "chat", "conversation": self.conversation, "identity": identity_of(self.visitor)}

    def started(self, at: datetime) -> Draft:
        """The conversation's beginning, with its first message."""
        data = Stay(**self._facts, direction="inbound", content=Content())
        return self._draft("conversation.started", f"{self.conversation}/started", at, data)

    def received(self, said: Say, at: datetime) -> Draft:
        """A message of the visitor."""
        own_id = f"{self.visitor}/{said.id}"
        content = MessageContent(text=said.text)
        data = Message(**self._facts, direction="inbound", message=own_id, content=content)
        return self._draft("message.received", own_id, at, data)

    def identified(self, claim: Identify, at: datetime) -> Draft:
        """The visitor's word on who they are. It is a claim: nobody checked that the address is theirs."""
        also = Party(identity=f"email:{claim.email.strip()}", content=ContactContent(name=claim.name))
        content = ContactContent(name=claim.name)
        data = Identification(
            **self._facts, direction="inbound", also=(also,), evidence="given_in_chat", content=content
        )
        return self._draft("contact.identified", f"{self.visitor}/identified/{claim.email.strip().lower()}", at, data)

    def ended(self, at: datetime, reason: str) -> Draft:
        """The conversation's end."""
        data = Stay(**self._facts, direction="inbound", reason=reason, content=Content())
        return self._draft("conversation.ended", f"{self.conversation}/ended", at, data)

    def sent(self, own_id: str, text: str, agent: str, at: datetime) -> Draft:
        """A message of an agent to the visitor. own_id: the agent's program's own id of it."""
        reference = f"{self.conversation}/sent/{own_id}"
        content = MessageContent(text=text)
        data = Message(**self._facts, direction="outbound", message=reference, agent=agent, content=content)
        return self._draft("message.sent", reference, at, data)

    def told(self, own_id: str, text: str, at: datetime) -> Draft:
        """A message of the hub's own to the visitor, which no person wrote."""
        reference = f"{self.conversation}/told/{own_id}"
        content = MessageContent(text=text)
        data = Message(**self._facts, direction="outbound", message=reference, automatic=True, content=content)
        return self._draft("message.sent", reference, at, data)

    def _draft(self, event: str, own_id: str, at: datetime, data: Any) -> Draft:  # noqa: ANN401 (any data class)
        return Draft(type=f"hub.{event}.v1", source=SOURCE, id=own_id, time=at, data=data)


def identity_of(visitor: str) -> str:
    """The identity that a visitor's events come through."""
    return f"webchat:{visitor}"

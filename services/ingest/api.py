"""Ingest's HTTP API: plugins' events, webhooks, web chat, agents' replies. Dead letters have a file of their own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request, Response, WebSocket
from pydantic import BaseModel, ConfigDict, Field

from services.ingest.application import Acceptance
from services.ingest.channels import phone_twilio
from services.ingest.channels.chat_room import ChatRoom
from services.ingest.channels.plugin import WrongMediaType, drafts_from
from services.ingest.channels.twilio_waiting import STEPS, Step
from services.ingest.chats import ChatConversations, ChatEnded, NoChat
from services.ingest.domain.draft import Complaint
from services.ingest.identities import Identities
from services.ingest.plain import NotJson, Refused, checked, given_schema
from services.ingest.settings import IngestSettings
from services.ingest.twilio_steps import TwilioSteps
from shared.auth import Principal, allow, now_utc
from shared.originals import Originals
from shared.problems import Problem, ProblemDetails, problem_response

TWILIO_WEBHOOK = "/v1/channels/twilio/webhook"
_WIDGET = (Path(__file__).parent / "channels" / "widget.js").read_text("utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the routes work with; main.py makes it."""

    settings: IngestSettings
    acceptance: Acceptance
    identities: Identities
    conversations: ChatConversations
    room: ChatRoom
    twilio: TwilioSteps
    originals: Originals


class AcceptedItem(BaseModel):
    """id: as it was given. event, conversation: the hub's ids (UUIDs), under which the timeline shows them."""

    id: str
    event: str
    conversation: str


class AcceptedEvents(BaseModel):
    """The events that Kafka has, in the order they were given."""

    accepted: int
    items: list[AcceptedItem]


class NewMessage(BaseModel):
    """An agent's message. id: the client's own, and sending it again is the same message; the hub makes one else."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=100_000)]
    id: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class SentMessage(BaseModel):
    """The message's event id, and its conversation."""

    event: str
    conversation: str


def add_routes(app: FastAPI, ports: Ports) -> None:
    """Adds everything but the dead letters to the app."""
    app.add_exception_handler(Refused, _on_refused)
    app.include_router(_events(ports))
    app.include_router(_webhooks(ports))
    app.include_router(_chat(ports))


def _events(ports: Ports) -> APIRouter:
    router = APIRouter(tags=["events"])

    @router.post(
        "/v1/events",
        status_code=202,
        summary="Take one CloudEvent or a batch",
        responses={202: {"model": AcceptedEvents}, **_problems(400, 401, 403, 413, 415, 422, 503)},
        openapi_extra={"requestBody": _event_body()},
        dependencies=[Depends(allow("channel"))],
    )
    async def take_events(request: Request) -> Response:
        """Answers 202 once Kafka has all the events durably; otherwise none was taken, and it says why.

        Sending the same `source` and `id` again is the same event for ever, so a repeat is harmless.
        """
        try:
            drafts = drafts_from(await request.body(), request.headers)
        except NotJson as error:
            raise Problem(400, f"The body is no JSON: {error.reason}. Nothing was taken.") from error
        except WrongMediaType as error:
            raise Problem(415, str(error)) from error
        accepted = await ports.acceptance.accept(drafts)
        return Response(
            orjson.dumps({"accepted": len(accepted), "items": accepted}), 202, media_type="application/json"
        )

    return router


def _webhooks(ports: Ports) -> APIRouter:
    router = APIRouter(tags=["channels"])
    token = ports.settings.twilio_auth_token

    @router.post(
        "/v1/channels/{adapter}/webhook",
        summary="Take a provider's webhook, in its own format and with its own signature",
        responses=_problems(403, 404, 422, 503),
        response_class=Response,
    )
    async def take_webhook(adapter: str, request: Request) -> Response:
        """`twilio`: Voice webhooks. An incoming call is answered with TwiML, a status callback with 204. What follows
        while the caller waits comes to the same path with `step`, as the TwiML says.
        """
        if adapter != "twilio":
            raise Problem(404, "There is no such adapter. The hub has: twilio.")
        if token is None:
            raise Problem(
                503, "Twilio is not set up here. Set HUB_TWILIO_AUTH_TOKEN, and HUB_PUBLIC_URL as Twilio has it."
            )
        url = f"{ports.settings.reached_at}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
        signature = request.headers.get("x-twilio-signature")
        try:
            form = phone_twilio.verified(await request.body(), url, signature, token.get_secret_value())
            if (step := request.query_params.get("step")) is not None:
                return _twiml(await ports.twilio.take(_known(step), form, request.query_params))
            drafts = phone_twilio.drafts_of(form, now_utc(), ports.identities)
        except phone_twilio.NotFromTwilio as error:
            raise Problem(
                403, "The signature is not Twilio's. Is HUB_PUBLIC_URL the address that Twilio posts to?"
            ) from error
        except phone_twilio.NotACall as error:
            raise Problem(422, f"This is no voice webhook: {error.reason}.") from error
        await ports.acceptance.accept([checked(draft) for draft in drafts])
        return _twiml(ports.twilio.begin() if form.is_incoming_call else None)

    return router


def _known(step: str) -> Step:
    found = next((known for known in STEPS if known == step), None)
    if found is None:
        raise Problem(404, f"There is no such step of a call. There are: {', '.join(STEPS)}.")
    return found


def _twiml(answer: str | None) -> Response:
    return Response(status_code=204) if answer is None else Response(answer, media_type="text/xml")


def _chat(ports: Ports) -> APIRouter:
    router = APIRouter(tags=["chat"])

    @router.websocket("/v1/chat")
    async def chat(socket: WebSocket) -> None:
        """A visitor's chat, in JSON frames both ways."""
        await ports.room.serve(socket)

    @router.get("/v1/chat/widget.js", summary="The chat widget for web pages", response_class=Response)
    async def widget() -> Response:
        return Response(_WIDGET, media_type="text/javascript", headers={"Cache-Control": "public, max-age=300"})

    @router.post(
        "/v1/conversations/{conversation}/messages",
        status_code=202,
        summary="Send an agent's reply on the conversation's channel",
        responses=_problems(401, 403, 404, 409, 422, 501, 503),
    )
    async def send_message(
        conversation: str, message: NewMessage, who: Annotated[Principal, Depends(allow("agent", "supervisor"))]
    ) -> SentMessage:
        """202 once the reply is durable. A chat's visitor gets it at once, or on coming back within the grace time."""
        own_id = message.id or str(uuid4())
        try:
            ready = await ports.conversations.reply(conversation, own_id, message.text, who.subject)
        except ChatEnded as error:
            raise Problem(409, "The visitor has left this chat; nobody would read the reply.") from error
        except NoChat as error:
            if await ports.originals.has(conversation):
                raise Problem(501, "This hub cannot send email yet. Answer from the mailbox itself.") from error
            raise Problem(404, "There is no such conversation that a message could be sent to.") from error
        return SentMessage(event=ready.event, conversation=ready.conversation)

    return router


async def _on_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 (registered for this class only)
    detail = "Nothing was taken, because some events are not valid; see errors for each. Mend them and send all again."
    return problem_response(422, detail, [_complaint(complaint) for complaint in error.complaints])


def _complaint(complaint: Complaint) -> dict[str, str]:
    return {"index": str(complaint.index), "field": complaint.field, "reason": complaint.reason}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ProblemDetails} for status in statuses}


def _event_body() -> dict[str, Any]:
    one = given_schema()
    many = {"type": "array", "maxItems": 1_000, "items": {"type": "object"}}
    return {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": one},
            "application/cloudevents-batch+json": {"schema": many},
            "application/json": {"schema": {"type": ["object", "array"]}},
        },
    }

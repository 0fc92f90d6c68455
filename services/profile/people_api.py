"""One customer on a page, and what people of the contact centre write down: attributes, tags, consents and notes."""

import asyncio
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

import orjson
from fastapi import APIRouter, Depends, Request, Response

from services.profile.domain.attributes import CONSENT, SET, TAG
from services.profile.domain.commands import AddNote, ChangeCustomer, Part
from services.profile.domain.facts import facts_in
from services.profile.people import Person
from services.profile.people_shapes import CustomerChange, CustomerPageShape, Ends, NoteShape, NoteWanted, person_json
from services.profile.ports import NOT_FOUND, Ports, Reader, json_response
from services.profile.reading import Found
from shared.auth import Principal, allow
from shared.contracts.customers import Side
from shared.keyring import Key
from shared.problems import Problem
from shared.sealing import seal


def people_routes(ports: Ports) -> APIRouter:
    """A customer's page, and changes to it."""
    router = APIRouter(prefix="/v1/customers/{customer}", tags=["customers"], responses=NOT_FOUND)
    who_writes = Annotated[Principal, Depends(allow(*ports.access.write))]

    @router.get("", response_model=CustomerPageShape, summary="One customer, everything on a page")
    async def look(request: Request, who: Reader, customer: str) -> Response:
        found = await ports.looked_at(who, request, customer)
        return await _page(ports, who, found)

    @router.patch("", response_model=CustomerPageShape, summary="Change attributes, tags and consents")
    async def change(request: Request, who: who_writes, customer: str, wanted: CustomerChange) -> Response:
        """What is not named stays. A consent is stated of all the customer's identities, everything else of the oldest:
        after a split it goes with the identity that it was stated of. `segment`, `account_manager` (an agent's id) and
        `language` (BCP 47) are told to routing."""
        found = await ports.looked_at(who, request, customer)
        keys = await _keys(ports, found)
        command = str(uuid4())
        parts = [
            Part(
                identity=hashed,
                content=_sealed(key, command, {"attributes": attributes}),
                facts=facts_in(attributes),
            )
            for number, (hashed, key) in enumerate(keys.items())
            if (attributes := _stated(wanted, oldest=number == 0))
        ]
        changing = ChangeCustomer(id=command, at=ports.requests.now(), by=who.subject, parts=tuple(parts))
        await ports.requests.ask(changing)
        return await _page(ports, who, await ports.customers.by_hash(found.asked))

    @router.post("/notes", response_model=NoteShape, status_code=201, summary="Write a note")
    async def note(request: Request, who: who_writes, customer: str, wanted: NoteWanted) -> Response:
        """It stands on the timeline as `hub.note.added.v1`. `call_back` promises a call by then."""
        found = await ports.looked_at(who, request, customer)
        hashed, key = next(iter((await _keys(ports, found)).items()))
        command = str(uuid4())
        content = wanted.model_dump(mode="json", include={"text", "call_back"}, exclude_none=True)
        content["author"] = who.subject
        adding = AddNote(
            id=command,
            at=ports.requests.now(),
            identity=hashed,
            by=who.subject,
            conversation=wanted.conversation,
            content=_sealed(key, command, content),
        )
        await ports.requests.ask(adding)
        return json_response({"id": command, "customer": found.id}, 201)

    return router


async def page_of(ports: Ports, found: Found) -> tuple[Person, dict[str, Any]]:
    """Everything about the customer, and the same as JSON, nothing masked."""
    person, sides, ends = await _gathered(ports, found)
    return person, person_json(person, sides, ends)


async def _page(ports: Ports, who: Principal, found: Found) -> Response:
    person, sides, ends = await _gathered(ports, found)
    shown = ports.shown(who, found)
    plain = {member["_id"]: member["identity"] for member in shown.members}
    return json_response(person_json(replace(person, customer=shown, plain=person.plain | plain), sides, ends))


async def _gathered(ports: Ports, found: Found) -> tuple[Person, dict[str, Side], Ends]:
    person, ends = await asyncio.gather(ports.people.person(found), ports.timelines.ends(found.hashes))
    sides = {member["_id"]: ports.classifier.side(member["identity"]) for member in found.members}
    return person, sides, ends


async def _keys(ports: Ports, found: Found) -> dict[str, Key]:
    """The keys of the customer's identities, the oldest first; Problem 410 if all were erased."""
    keys = await ports.keyring.find(found.hashes)
    known = {hashed: keys[hashed] for hashed in found.hashes if hashed in keys}
    if not known:
        raise Problem(410, "This customer was erased; nothing can be written down about them.")
    return known


def _sealed(key: Key, command: str, content: dict[str, Any]) -> str:
    return seal(key.cipher, command, orjson.dumps(content))


def _stated(wanted: CustomerChange, *, oldest: bool) -> dict[str, str | None]:
    consents: dict[str, str | None] = {f"{CONSENT}{purpose}": word for purpose, word in wanted.consents.items()}
    if not oldest:
        return consents
    tags = {f"{TAG}{tag}": SET if is_set else None for tag, is_set in wanted.tags.items()}
    return {**wanted.attributes, **tags, **consents}

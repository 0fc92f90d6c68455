"""Who is one person, by somebody's word: merge, split, keep apart, declare shared; and the evidence for each link."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response

from services.profile.domain.commands import (
    CustomerCommand,
    DeclareShared,
    ForbidLink,
    LinkIdentities,
    SplitIdentities,
    WithdrawClaims,
)
from services.profile.links_shapes import ApartShape, LinksShape, MergeWanted, SplitShape, SplitWanted, link_json
from services.profile.ports import NOT_FOUND, Ports, json_response
from services.profile.reading import Found
from services.profile.requests import RequestRefused
from services.profile.shapes import CustomerShape, customer_json
from shared.auth import Principal, allow
from shared.problems import Problem, ProblemDetails

_BY_AN_AGENT = "agent"
_SENSELESS = ("same_identity", "nothing_left", "not_linked", "other_customer")
_RESPONSES: dict[int | str, dict[str, Any]] = {
    **NOT_FOUND,
    409: {"model": ProblemDetails, "description": "A rule or somebody's word is against it; `detail` says which."},
}


def link_routes(ports: Ports) -> APIRouter:
    """Every route about links."""
    router = APIRouter(prefix="/v1/customers/{customer}", tags=["links"], responses=_RESPONSES)
    _merging(router, ports)
    _keeping_apart(router, ports)
    return router


def _merging(router: APIRouter, ports: Ports) -> None:
    who_links = Annotated[Principal, Depends(allow(*ports.access.link))]

    @router.get("/links", response_model=LinksShape, summary="What is claimed about a customer, and what came of it")
    async def links(request: Request, who: who_links, customer: str) -> Response:
        """Every claim about the customer's identities: why they are linked, why others are not. The oldest first."""
        found = await ports.looked_at(who, request, customer)
        claims = await ports.customers.claims(found.hashes)
        others = await ports.customers.plain(one for claim in claims for one in claim["identities"])
        shown = {hashed: ports.masked(who, plain) for hashed, plain in others.items()}
        return json_response({"items": [link_json(claim, shown) for claim in claims], "next": None})

    @router.post("/merge", response_model=CustomerShape, summary="Somebody knows that two customers are one person")
    async def merge(request: Request, who: who_links, customer: str, wanted: MergeWanted) -> Response:
        """Links the oldest identities of both. Splitting by this link takes it back without a trace."""
        found, other = await ports.customer(customer), await _other(ports, wanted)
        await ports.looks.note(who, request, [found.id, other.id])
        if other.id == found.id:
            raise Problem(422, "Both are this customer already. Name another customer, or an identity of one.")
        command = LinkIdentities(
            id=str(uuid4()),
            at=ports.requests.now(),
            first=found.hashes[0],
            second=other.hashes[0],
            of=ports.classifier.side(found.plain(found.hashes[0])),
            of_second=ports.classifier.side(other.plain(other.hashes[0])),
            evidence=_BY_AN_AGENT,
            cause=f"/requests/{who.subject}"[:200],
            by=who.subject,
            sure=True,
        )
        await _ask(ports, command)
        return json_response(customer_json(ports.shown(who, await ports.customers.by_hash(found.hashes[0]))))

    @router.post("/split", response_model=SplitShape, summary="Some of this customer is somebody else")
    async def split(request: Request, who: who_links, customer: str, wanted: SplitWanted) -> Response:
        """Afterwards everything is as if the links had never been. Identities that leave are kept apart from then on,
        unless `keep_apart` is false; links that are taken back may be claimed again by new evidence.
        """
        found = await ports.looked_at(who, request, customer)
        result = await _ask(ports, _split_command(ports, found, wanted, who))
        after = [await ports.customers.by_hash(hashed) for hashed in (found.hashes[0], *result["split"])]
        customers = list({one.id: customer_json(ports.shown(who, one)) for one in after}.values())
        return json_response({"customer": customers[0], "others": customers[1:]})


def _keeping_apart(router: APIRouter, ports: Ports) -> None:
    who_links = Annotated[Principal, Depends(allow(*ports.access.link))]

    async def forbid(request: Request, who: Principal, customer: str, other: str, *, allowed: bool) -> Response:
        found, second = await ports.customer(customer), await ports.customer(other)
        await ports.looks.note(who, request, [found.id, second.id])
        if found.id == second.id and not allowed:
            raise Problem(422, "Both are one customer. Split it: POST /v1/customers/{id}/split.")
        command = ForbidLink(
            id=str(uuid4()),
            at=ports.requests.now(),
            first=found.asked,
            second=second.asked,
            by=who.subject,
            allow=allowed,
        )
        await _ask(ports, command)
        return json_response({"customers": [customer, other], "apart": not allowed})

    @router.put("/apart/{other}", response_model=ApartShape, summary="These two must never be one customer")
    async def keep_apart(request: Request, who: who_links, customer: str, other: str) -> Response:
        return await forbid(request, who, customer, other, allowed=False)

    @router.delete("/apart/{other}", response_model=ApartShape, summary="These two may be one customer again")
    async def allow_together(request: Request, who: who_links, customer: str, other: str) -> Response:
        return await forbid(request, who, customer, other, allowed=True)

    async def declare(request: Request, who: Principal, customer: str, identity: str, *, owned: bool) -> Response:
        found = await ports.looked_at(who, request, customer)
        hashed = ports.hasher.identity(ports.normal(identity))
        if hashed not in found.hashes:
            raise Problem(404, "This customer has no such identity.")
        command = DeclareShared(id=str(uuid4()), at=ports.requests.now(), identity=hashed, by=who.subject, owned=owned)
        await _ask(ports, command)
        return json_response(customer_json(ports.shown(who, await ports.customers.by_hash(hashed))))

    @router.put("/shared/{identity}", response_model=CustomerShape, summary="This address is several people's")
    async def declare_shared(request: Request, who: who_links, customer: str, identity: str) -> Response:
        """It links nobody any more; what came through it stays on a timeline of its own."""
        return await declare(request, who, customer, identity, owned=False)

    @router.delete("/shared/{identity}", response_model=CustomerShape, summary="This address is one person's after all")
    async def declare_owned(request: Request, who: who_links, customer: str, identity: str) -> Response:
        return await declare(request, who, customer, identity, owned=True)


async def _ask(ports: Ports, command: CustomerCommand) -> dict[str, Any]:
    try:
        return await ports.requests.ask(command)
    except RequestRefused as refused:
        raise Problem(422 if refused.word in _SENSELESS else 409, str(refused)) from refused


async def _other(ports: Ports, wanted: MergeWanted) -> Found:
    if wanted.customer is not None:
        return await ports.customer(wanted.customer)
    assert wanted.identity is not None  # noqa: S101 (the model asks for one of the two)
    found = await ports.customers.by_hash(ports.hasher.identity(ports.normal(wanted.identity)))
    if not found.members:
        raise Problem(404, "Nobody was ever seen under this identity. Tell it with a contact.identified event instead.")
    return found


def _split_command(ports: Ports, found: Found, wanted: SplitWanted, who: Principal) -> CustomerCommand:
    common: dict[str, Any] = {
        "id": str(uuid4()),
        "at": ports.requests.now(),
        "by": who.subject,
        "reason": wanted.reason,
    }
    if wanted.links:
        return WithdrawClaims(identity=found.hashes[0], claims=tuple(wanted.links), **common)
    named = [ports.hasher.identity(ports.normal(identity)) for identity in wanted.identities]
    return SplitIdentities(identities=tuple(named), apart=wanted.keep_apart, **common)

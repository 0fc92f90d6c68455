"""A person's rights: to have everything about them (export), to be forgotten (erase), to know who looked (audit)."""

import asyncio
from collections.abc import Iterator
from typing import IO, Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.profile.domain.commands import EraseCustomer
from services.profile.people_api import page_of
from services.profile.ports import NOT_FOUND, Ports, json_response
from services.profile.privacy_shapes import EraseQuery, ErasureShape, LooksQuery, LooksShape, looks_json
from services.profile.reading import Found
from services.profile.requests import RequestRefused
from shared.auth import Principal, allow
from shared.contracts.customers import customer_id
from shared.problems import Problem, ProblemDetails

_PIECE = 65_536
_ZIP: dict[int | str, dict[str, Any]] = {
    **NOT_FOUND,
    200: {"description": "A zip file with manifest.json and index.html", "content": {"application/zip": {}}},
}
_ERASING: dict[int | str, dict[str, Any]] = {
    **NOT_FOUND,
    409: {"model": ProblemDetails, "description": "The customer was merged or split just now"},
}


def privacy_routes(ports: Ports) -> APIRouter:
    """Export, erasure and the audit log."""
    router = APIRouter(prefix="/v1", tags=["privacy"])
    who_exports = Annotated[Principal, Depends(allow(*ports.access.export))]
    who_erases = Annotated[Principal, Depends(allow(*ports.access.erase))]

    @router.get(
        "/customers/{customer}/export",
        response_class=Response,
        responses=_ZIP,
        summary="Everything about a customer, in one file",
    )
    async def export(request: Request, who: who_exports, customer: str) -> Response:
        """A zip file: `index.html` for people, JSON for machines, the original mails, and `manifest.json` with each
        file's size and hash."""
        found = await ports.looked_at(who, request, customer)
        person, page = await page_of(ports, found)
        file = await ports.export.archive(person, page, who.subject, ports.now())
        headers = {"Content-Disposition": f'attachment; filename="{found.id}.zip"', "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(_pieces(file), media_type="application/zip", headers=headers)

    @router.delete(
        "/customers/{customer}",
        response_model=ErasureShape,
        responses=_ERASING,
        summary="Erase everything about a customer",
    )
    async def erase(
        request: Request, who: who_erases, customer: str, asked: Annotated[EraseQuery, Query()]
    ) -> Response:
        """With `dry_run=true` it only says what would go. It cannot be undone: the keys are destroyed, so the log, its
        replays and its backups show `[erased]`. A late event does not bring anything back; whoever gets in touch
        afterwards is a new person."""
        found = await ports.looked_at(who, request, customer)
        would_go = await _would_go(ports, found)
        if asked.dry_run:
            return json_response({"customer": found.id, "erased": None, **would_go})
        at = ports.requests.now()
        command = EraseCustomer(id=str(uuid4()), at=at, identities=found.hashes, by=who.subject, reason=asked.reason)
        try:
            await ports.requests.ask(command)
        except RequestRefused as refused:
            raise Problem(409, str(refused)) from refused
        return json_response({"customer": found.id, "erased": at, **would_go})

    @router.get(
        "/looks",
        response_model=LooksShape,
        dependencies=[Depends(allow(*ports.access.audit))],
        summary="The audit log: who looked at whom, when and why",
    )
    async def looks(asked: Annotated[LooksQuery, Query()]) -> Response:
        """`customer`: by any of its ids, also from before a merge. The newest first."""
        found = None if asked.customer is None else await ports.customer(asked.customer)
        ids = None if found is None else [customer_id(hashed) for hashed in found.hashes]
        items = await ports.looks.find(asked.wanted(ids))
        return json_response(looks_json(items, asked))

    return router


async def _would_go(ports: Ports, found: Found) -> dict[str, Any]:
    holdings, keys = await asyncio.gather(ports.people.holdings(found), ports.keyring.find(found.hashes, anew=True))
    return {"identities": len(found.hashes), **holdings, "keys": len(keys)}


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece

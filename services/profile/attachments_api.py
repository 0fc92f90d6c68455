"""Attachments over HTTP: handed out as files, never shown as pages."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from services.profile.attachments import Gone, Missing
from services.profile.domain.files import download_headers
from services.profile.ports import Ports, Reader
from shared.contracts.values import EventId
from shared.problems import Problem

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {"application/octet-stream": {}}},
    404: {"description": "There is no such entry or attachment, or its bytes never came to the hub"},
    410: {
        "description": "The message was deleted, the person erased, or the stored original is not what was described"
    },
}


def attachment_routes(ports: Ports) -> APIRouter:
    """Downloads."""
    router = APIRouter(prefix="/v1", tags=["timeline"])

    @router.get(
        "/timeline/{entry}/attachments/{part}",
        response_class=Response,
        responses=_ANSWERS,
        summary="A file that came with a message",
    )
    async def attachment(request: Request, who: Reader, entry: EventId, part: Annotated[int, Path(ge=0)]) -> Response:
        """part: as in the entry's `content.attachments`. Size and hash are checked before anything is sent."""
        event = await ports.timelines.find(entry)
        if event is None:
            raise Problem(404, "No entry has this id. Take it from a timeline.")
        customer = await ports.customers.by_hash(event["identity"])
        await ports.looks.note(who, request, [customer.id])
        try:
            file = await ports.attachments.file(await ports.timelines.entry(customer.hashes, event), part)
        except Missing as missing:
            raise Problem(404, str(missing)) from missing
        except Gone as gone:
            raise Problem(410, str(gone)) from gone
        headers = dict(download_headers(file.name, file.media_type))
        return Response(file.data, headers=headers, media_type=headers.pop("Content-Type"))

    return router

"""Everything about one person in one file: for machines (JSON, one document a line where there are many), for people
(index.html), with a manifest that names every file, its size and its hash.
"""

import hashlib
import json
import zipfile
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from html import escape
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import orjson

from services.profile.people import Person
from services.profile.reading import Found
from services.profile.store import Kept, Store
from shared.contracts.customers import customer_id
from shared.erasure import ERASED
from shared.keyring import Keyring
from shared.mongo import Document
from shared.originals import Originals, opened
from shared.sealing import SealBroken

_IN_MEMORY = 8 * 1024 * 1024
_LONGEST = 500
_READABLE = {
    "hub.message.received.v1": "wrote",
    "hub.message.sent.v1": "was written to",
    "hub.call.started.v1": "call",
    "hub.note.added.v1": "note",
    "hub.ticket.noted.v1": "note on a ticket",
}


class Archive:
    """A zip file that is filled entry by entry and knows what is in it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._files: list[dict[str, Any]] = []

    def add(self, name: str, content: bytes, records: int | None = None) -> None:
        """One file. records: how many documents are in it, if it is a list."""
        self._zip.writestr(name, content)
        told = {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        self._files.append(told if records is None else {**told, "records": records})

    async def add_lines(self, name: str, documents: AsyncIterator[Any]) -> None:
        """One file with a document a line."""
        digest, size, records = hashlib.sha256(), 0, 0
        with self._zip.open(name, "w", force_zip64=True) as file:
            async for document in documents:
                line = orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
                file.write(line)
                digest.update(line)
                size, records = size + len(line), records + 1
        self._files.append({"name": name, "bytes": size, "sha256": digest.hexdigest(), "records": records})

    def close(self, manifest: Mapping[str, Any]) -> None:
        """Adds the manifest and ends the file."""
        body = json.dumps({**manifest, "files": self._files}, indent=2, ensure_ascii=False)
        self._zip.writestr("manifest.json", body.encode())
        self._zip.close()


class Export:
    """Makes exports."""

    def __init__(self, store: Store, kept: Kept, originals: Originals, keyring: Keyring) -> None:
        self._store = store
        self._kept = kept
        self._originals = originals
        self._keyring = keyring

    async def archive(self, person: Person, page: Mapping[str, Any], by: str, now: datetime) -> IO[bytes]:
        """The zip file, at its beginning. page: the customer's page as the API gives it. The caller closes the file."""
        file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (it outlives this function, until it was sent)
        archive = Archive(file)
        customer = person.customer
        of_them = {"identity": {"$in": list(customer.hashes)}}
        archive.add("customer.json", orjson.dumps(page, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2))
        rows: list[str] = []
        timeline = self._store.timeline.find(of_them).sort([("at", 1), ("_id", 1)])
        await archive.add_lines("timeline.jsonl", _told(_plain(customer, timeline), rows))
        stated = self._store.attributes.find(of_them, {"_id": 0})
        await archive.add_lines("statements.jsonl", _plain(customer, stated))
        await archive.add_lines("tickets.jsonl", _plain(customer, self._store.tickets.find(of_them)))
        claims = [{**one, "identities": [_name(customer, each) for each in one["identities"]]} for one in person.claims]
        archive.add("links.json", orjson.dumps(claims, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2), len(claims))
        seen = {"customers": {"$in": [customer_id(hashed) for hashed in customer.hashes]}}
        looks = self._kept.looks.find(seen, {"customers": 0}).sort([("at", 1)])
        await archive.add_lines("looks.jsonl", aiter(looks))
        await self._add_mails(archive, customer)
        archive.add("index.html", _page(person, rows))
        archive.close({"customer": customer.id, "made": now.isoformat(), "by": by, "identities": len(customer.hashes)})
        file.seek(0)
        return file

    async def _add_mails(self, archive: Archive, customer: Found) -> None:
        keys = await self._keyring.find(customer.hashes, anew=True)
        async for event, identity, sealed in self._originals.of(customer.hashes):
            if identity in keys:
                try:
                    archive.add(f"mails/{event}.eml", opened(keys[identity].cipher, event, sealed))
                except SealBroken:
                    continue  # from before an erasure: nobody can read it any more


def _page(person: Person, rows: list[str]) -> bytes:
    customer = person.customer
    facts = {name: one.value for name, one in person.attributes.values.items()}
    facts |= {f"consent: {purpose}": one.value for purpose, one in person.attributes.consents.items()}
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in facts.items())
    addresses = "".join(f"<li>{escape(member['identity'] or ERASED)}</li>" for member in customer.members)
    return _HTML.format(
        name=escape(customer.name or customer.id),
        addresses=addresses,
        facts=listed or "<dd>nothing</dd>",
        rows="".join(reversed(rows)),
    ).encode()


def _name(customer: Found, hashed: str) -> str:
    return customer.plain(hashed) or ERASED


async def _plain(customer: Found, documents: Any) -> AsyncIterator[Document]:  # noqa: ANN401 (an asynchronous cursor)
    async for document in documents:
        yield {**document, "identity": _name(customer, document["identity"])}


async def _told(entries: AsyncIterator[Document], rows: list[str]) -> AsyncIterator[Document]:
    async for entry in entries:
        rows.append(_row(entry))
        yield entry


def _row(entry: Document) -> str:
    content = entry["content"]
    said = " ".join(str(content[name]) for name in ("subject", "text", "title") if content.get(name))
    what = _READABLE.get(entry["type"], entry["type"].removeprefix("hub.").removesuffix(".v1"))
    cells = (
        entry["at"].strftime("%Y-%m-%d %H:%M UTC"),
        entry["channel"],
        what,
        entry["identity"],
        said or _facts(content),
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"


def _facts(content: Document) -> str:
    told = (f"{name}: {value}" for name, value in content.items() if name != "original" and value not in (None, [], {}))
    return ", ".join(told)[:_LONGEST]


_HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{name}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1d2430 }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #d8dde6 }}
td:first-child {{ white-space: nowrap }}
dt {{ font-weight: 600; float: left; clear: left; width: 14rem }}
dd {{ margin: 0 0 0 15rem }}
</style></head><body>
<h1>{name}</h1>
<p>Everything that this contact centre keeps about this person. The files beside this page hold the same for machines;
manifest.json lists them with their hashes.</p>
<h2>Addresses</h2><ul>{addresses}</ul>
<h2>What is known</h2><dl>{facts}</dl>
<h2>Contacts</h2>
<table><thead><tr><th>When</th><th>Channel</th><th>What</th><th>Address</th><th>Content</th></tr></thead>
<tbody>
{rows}</tbody></table>
</body></html>
"""

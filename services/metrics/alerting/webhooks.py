"""Who is told of alerts, as administrators set it. Secrets are sealed with a key of the hub's own.

alert_webhooks  {_id, url, kind, secret: sealed or null, last_delivered, last_failure: {at, reason} or null}
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo import ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase

from shared.keyring import Keyring
from shared.mongo import Document
from shared.sealing import seal, unseal

WebhookKind = Literal["hub", "alertmanager"]

_KEY = "alert-webhook-secrets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where to tell of alerts, and how. secret: `whsec_…`; an Alertmanager has none."""

    id: str
    url: str
    kind: WebhookKind
    secret: str | None = field(default=None, repr=False)


class Webhooks:
    """Collection `alert_webhooks`."""

    def __init__(self, database: AsyncDatabase[Document], keyring: Keyring) -> None:
        self._webhooks = database["alert_webhooks"]
        self._keyring = keyring

    async def make_key(self) -> None:
        """Makes the key of the secrets at the first start; KeyringLocked if the master key does not open it."""
        await self._cipher()

    async def put(self, webhook: Webhook) -> Document:
        """Sets a webhook. Without a secret the one that it has stays."""
        fields: Document = {"url": webhook.url, "kind": webhook.kind}
        if webhook.kind == "alertmanager":
            fields["secret"] = None
        elif webhook.secret is not None:
            fields["secret"] = seal(await self._cipher(), webhook.id, webhook.secret.encode())
        found = await self._webhooks.find_one_and_update(
            {"_id": webhook.id},
            {"$set": fields, "$setOnInsert": {"last_delivered": None, "last_failure": None}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        assert found is not None  # noqa: S101 (an upsert always answers the document)
        return found

    async def all(self) -> list[Document]:
        """Every webhook as it is stored, by id."""
        return await self._webhooks.find().sort("_id", 1).to_list()

    async def stored(self, webhook: str) -> Document | None:
        """One webhook as it is stored."""
        return await self._webhooks.find_one({"_id": webhook})

    async def get(self, webhook: str) -> Webhook | None:
        """One webhook with its secret, for whoever tells it something."""
        found = await self.stored(webhook)
        if found is None:
            return None
        secret = found["secret"] and unseal(await self._cipher(), webhook, found["secret"]).decode()
        return Webhook(id=webhook, url=found["url"], kind=found["kind"], secret=secret)

    async def delete(self, webhook: str) -> bool:
        """Whether there was such a webhook, which there is not any more."""
        return (await self._webhooks.delete_one({"_id": webhook})).deleted_count == 1

    async def note_delivered(self, webhook: str, at: datetime) -> None:
        """It took something."""
        await self._webhooks.update_one({"_id": webhook}, {"$set": {"last_delivered": at}})

    async def note_failed(self, webhook: str, at: datetime, reason: str) -> None:
        """It did not take something."""
        await self._webhooks.update_one({"_id": webhook}, {"$set": {"last_failure": {"at": at, "reason": reason}}})

    async def _cipher(self) -> AESGCM:
        return (await self._keyring.ensure([_KEY]))[_KEY].cipher

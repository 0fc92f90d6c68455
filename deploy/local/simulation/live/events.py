"""What plugins say: CloudEvents as they go to POST /v1/events. Pure."""

from typing import Any

from deploy.local.simulation.contacts import Contact, Order
from deploy.local.simulation.live.access import Json

_SHOP, _SWITCHBOARD, _SOCIAL = "/shop.example/orders", "/shop.example/switchboard", "/social.example/mentions"


class Events:
    """Makes the events of one run. run: makes their ids unlike those of another run with the same seed."""

    def __init__(self, run: str) -> None:
        self._run = run

    def ordered(self, order: Order) -> Json:
        """A purchase in the web shop: a plugin's own type."""
        content = {"name": order.person.name, "product": order.product, "order": f"{self._run}-{order.number}"}
        data = _data("web", order.identity, f"order-{self._run}-{order.number}", content)
        return self._event("x.order.placed", _SHOP, str(order.number), data)

    def mentioned(self, contact: Contact) -> Json:
        """A message on the social network."""
        content = {"name": contact.person.name, "text": f"@shop {contact.says[0]}"}
        data = _of(contact, f"thread-{self._run}-{contact.number}", content)
        message = f"{self._run}-{contact.number}"
        return self._event("hub.message.received.v1", _SOCIAL, str(contact.number), {**data, "message": message})

    def call(self, moment: str, contact: Contact, conversation: str, number: int, **facts: Any) -> Json:  # noqa: ANN401 (facts of any event)
        """A moment of a call: `started`, `answered`, `held`, `resumed`, `ended`. number: its place in the call."""
        data = {**_of(contact, conversation, {"name": contact.person.name}), **facts}
        return self._event(f"hub.call.{moment}.v1", _SWITCHBOARD, f"{conversation}-{number}", data)

    def identified(self, contact: Contact, identity: str, also: str) -> Json:
        """The customer has shown, by signing in, that both addresses are theirs."""
        content = {"name": contact.person.name}
        conversation = f"login-{self._run}-{contact.number}"
        data = _data("web", identity, conversation, content) | {
            "also": [{"identity": also, "content": content}],
            "evidence": "verified_login",
        }
        return self._event("hub.contact.identified.v1", _SHOP, f"login-{contact.number}", data)

    def _event(self, kind: str, source: str, own_id: str, data: Json) -> Json:
        return {"specversion": "1.0", "type": kind, "source": source, "id": f"{self._run}-{own_id}", "data": data}


def _of(contact: Contact, conversation: str, content: Json) -> Json:
    data = _data(contact.channel, contact.identity, conversation, content)
    data["language"] = contact.person.language
    if contact.door.address is not None:
        data["address"] = contact.door.address
    return data


def _data(channel: str, identity: str, conversation: str, content: Json) -> Json:
    return {
        "channel": channel,
        "direction": "inbound",
        "conversation": conversation,
        "identity": identity,
        "content": content,
    }

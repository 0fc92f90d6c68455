"""What customers and agents say. Keyed by language, then by what a queue is for; `general` fits every queue."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.simulation.chance import Chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A reason to get in touch. opening: the first sentence; more: what the customer adds when asked."""

    subject: str
    opening: str
    more: str


_MATTERS: Mapping[str, Mapping[str, tuple[Matter, ...]]] = {
    "en": {
        "sales": (
            Matter(
                subject="Price for 20 seats",
                opening="We are twelve people now and will be twenty by spring. What would the team plan cost us?",
                more="Yearly would be fine if there is a discount.",
            ),
            Matter(
                subject="Is the blue one back in stock?",
                opening="I was told the blue kettle would be back this week. Can I order it already?",
                more="Size L, please, and delivery to my office.",
            ),
        ),
        "billing": (
            Matter(
                subject="Charged twice",
                opening="My card was charged twice for order 48213, on the same morning.",
                more="Both charges are £39.90; my bank shows them as final.",
            ),
            Matter(
                subject="Invoice with our VAT number",
                opening="Could you send the October invoice again, with our VAT number on it?",
                more="The number is the one on our account.",
            ),
        ),
        "technical": (
            Matter(
                subject="Cannot sign in since this morning",
                opening="Since this morning the app says 'session expired' each time I sign in.",
                more="Yes, I have tried another browser; the same thing happens.",
            ),
            Matter(
                subject="Router drops the connection",
                opening="The router drops the connection every evening, around eight.",
                more="The light turns orange, then it restarts by itself.",
            ),
        ),
        "general": (
            Matter(
                subject="Where is my parcel?",
                opening="Tracking has said 'on its way' for five days. Where is my parcel?",
                more="The order number is 77120.",
            ),
            Matter(
                subject="Change of address",
                opening="I have moved. How do I change the address on my account?",
                more="The new one is valid from the first of the month.",
            ),
        ),
    },
    "de": {
        "general": (
            Matter(
                subject="Rückfrage zu meiner Bestellung",
                opening="Guten Tag, meine Bestellung 55017 sollte gestern ankommen. Wo ist sie?",
                more="Über die Sendungsverfolgung sehe ich leider nichts.",
            ),
            Matter(
                subject="Kündigung bestätigen",
                opening="Könnten Sie mir bitte die Kündigung zum Monatsende bestätigen?",
                more="Meine Kundennummer steht oben, danke schön!",
            ),
        ),
    },
}

_PURPOSES = {"sales": "sales", "billing": "billing", "technical": "technical", "support": "technical"}
"""What a queue is for, by a word in its id."""

_REPLIES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Thank you for getting in touch. Let me look that up for you.",
        "I can see it here. I have put it right; you should see the change within the hour.",
        "That is all set. Is there anything else I can do for you?",
    ),
    "de": (
        "Vielen Dank für Ihre Nachricht. Ich sehe gleich nach.",
        "Ich habe es gefunden und korrigiert; in einer Stunde sollten Sie es sehen.",
        "Das ist erledigt. Kann ich sonst noch etwas für Sie tun?",
    ),
}

_THANKS: Mapping[str, str] = {"en": "Great, thank you. Goodbye!", "de": "Wunderbar, danke. Auf Wiederhören!"}
_PRODUCTS = ("kettle, blue", "router", "team plan, 12 seats", "gift card", "desk lamp")


def matter(chance: Chance, language: str, queue: str) -> Matter:
    """A reason to ask this queue in this language; queues are recognised by their id, such as `billing`."""
    matters = _MATTERS.get(language, _MATTERS["en"])
    purpose = next((purpose for word, purpose in _PURPOSES.items() if word in queue), "general")
    return chance.choice(matters.get(purpose) or matters["general"])


def turns(matter: Matter, language: str, count: int) -> tuple[str, ...]:
    """What the customer says, in `count` messages: the matter first, thanks last when there is more than one."""
    if count == 1:
        return (matter.opening,)
    return (matter.opening, *(matter.more for _ in range(count - 2)), _THANKS.get(language, _THANKS["en"]))


def reply(language: str, number: int) -> str:
    """What the agent says in answer to the customer's message of that number, from 0."""
    replies = _REPLIES.get(language, _REPLIES["en"])
    return replies[min(number, len(replies) - 1)]


def product(chance: Chance) -> str:
    """Something that the web shop sells."""
    return chance.choice(_PRODUCTS)

"""The agents: they sign in, answer their offers, talk, write, wrap up, take breaks and sign out."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from deploy.local.simulation.behaviour import Temper, handling, typing
from deploy.local.simulation.chance import Chance
from deploy.local.simulation.live.access import Unanswered
from deploy.local.simulation.live.chat import ChatSite
from deploy.local.simulation.live.desk import Desk, Ticket
from deploy.local.simulation.live.ledger import Ledger
from deploy.local.simulation.live.pace import Pace
from deploy.local.simulation.live.phone import Switchboard
from deploy.local.simulation.live.signs import either
from deploy.local.simulation.live.stream import StreamEvent
from deploy.local.simulation.wording import reply

_CALLED = {"phone": "call", "chat": "chat", "email": "mail", "social": "mention"}
_OPEN = {"active", "held", "wrapup"}
_RETURN = 20.0
"""Model seconds until an agent comes back whom the hub made busy for not answering an offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What all agents share. tasks: where their work runs. languages: in which a queue's customers are answered.

    channels: of the tickets that are or were in somebody's hand. closing: no new work from then on.
    """

    pace: Pace
    ledger: Ledger
    phone: Switchboard
    chat: ChatSite
    tasks: asyncio.TaskGroup
    languages: Mapping[str, str]
    channels: dict[str, str]
    closing: asyncio.Event


class Agent:
    """One agent's day. temper and chance: what this agent is like."""

    def __init__(self, desk: Desk, temper: Temper, chance: Chance, floor: Floor) -> None:
        self._desk = desk
        self._temper = temper
        self._chance = chance
        self._floor = floor
        self._writing = asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()
        self._pausing = False

    async def work(self) -> None:
        """Signs in and works until the floor closes, then finishes what is in hand and signs out."""
        await self._safely(self._desk.status("available"))
        aside = [self._floor.tasks.create_task(one) for one in (self._listen(), self._take_breaks())]
        await self._floor.closing.wait()
        for task in aside:
            task.cancel()
        await asyncio.gather(*aside, return_exceptions=True)
        await self._safely(self._sign_out())

    async def _sign_out(self) -> None:
        await self._desk.status("busy")
        await self._finished()
        for ticket in await self._desk.in_hand():
            await self._desk.act(ticket, "resolve")
        await self._desk.status("offline")

    async def _listen(self) -> None:
        async with aclosing(self._desk.events(self._note)) as events:
            async for event in events:
                match event.kind:
                    case "snapshot":
                        self._take_up(event)
                    case "ticket.offered":
                        self._begin(self._answer(event.data["ticket"]))
                    case "agent.status.changed" if event.data.get("status") == "not_responding":
                        self._begin(self._come_back())

    def _take_up(self, snapshot: StreamEvent) -> None:
        """Goes on with what was in hand when the stream began."""
        for shown in snapshot.data["tickets"]:
            if shown["state"] == "offered":
                self._begin(self._answer(shown["id"]))
            elif shown["state"] in _OPEN:
                self._begin(self._done(shown["id"]))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._floor.tasks.create_task(self._safely(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _finished(self) -> None:
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _answer(self, offered: str) -> None:
        answer = self._temper.answer(self._chance)
        await self._take(answer.after)
        if self._floor.closing.is_set() or answer.verdict == "ignore":
            return
        if answer.verdict == "decline":
            if await self._desk.act(offered, "decline"):
                self._say("declines an offer")
            return
        ticket = await self._desk.act(offered, "accept")
        if ticket is None:
            self._say("is too late: the customer is gone")
            return
        self._floor.channels[ticket.id] = ticket.channel
        self._floor.ledger.outcomes["accepted by agents"] += 1
        self._say(f"takes a {_CALLED.get(ticket.channel, 'contact')} for {ticket.queue}")
        await self._handle(ticket)

    async def _handle(self, ticket: Ticket) -> None:
        match ticket.channel:
            case "phone":
                await self._talk(ticket)
            case "chat":
                await self._chat(ticket)
            case _:
                await self._write(ticket)
        await self._done(ticket.id)

    async def _done(self, ticket: str) -> None:
        """The paperwork. A contact that the customer ended is in wrap-up already."""
        await self._desk.act(ticket, "wrap-up")
        await self._take(self._temper.wrapup(self._chance))
        await self._desk.act(ticket, "resolve")

    async def _talk(self, ticket: Ticket) -> None:
        call = await self._floor.phone.put_through(ticket.conversation)
        if call is None:
            return
        hold = self._temper.hold(self._chance, call.contact.handling)
        if hold is not None:
            await self._hold(ticket, call.over, *hold)
        await call.over.wait()

    async def _hold(self, ticket: Ticket, over: asyncio.Event, after: float, length: float) -> None:
        await self._take(after, over)
        if not over.is_set() and await self._desk.act(ticket.id, "hold"):
            self._say("puts a caller on hold")
            await self._take(length, over)
            await self._desk.act(ticket.id, "resume")

    async def _chat(self, ticket: Ticket) -> None:
        visit = self._floor.chat.of_conversation(ticket.conversation)
        if visit is None:
            return
        number = 0
        while not visit.over.is_set():
            await either(visit.spoke, visit.over)
            await self._take(typing(self._chance), visit.over)
            if visit.spoke.is_set() and not visit.over.is_set():
                visit.spoke.clear()
                if await self._reply(ticket, reply(visit.language, number), number):
                    self._floor.ledger.hand("reply")
                    self._floor.ledger.take("reply", visit.identity)
                number += 1

    async def _write(self, ticket: Ticket) -> None:
        """Mails and posts are answered one after the other."""
        async with self._writing:
            await self._take(handling(self._chance, ticket.channel))
            await self._reply(ticket, reply(self._floor.languages.get(ticket.queue, "en"), 1), 1)

    async def _reply(self, ticket: Ticket, text: str, number: int) -> bool:
        sent = await self._desk.reply(ticket.conversation, text, f"{ticket.id}-{number}")
        if sent:
            self._say(f"answers: {text}")
        return sent

    async def _take_breaks(self) -> None:
        part = self._chance.random()  # nobody's break is known to be far off when the day begins
        while True:
            work, rest = self._temper.next_break(self._chance)
            await self._floor.pace.take(work * part)
            part = 1.0
            await self._safely(self._take_break(rest))

    async def _take_break(self, rest: float) -> None:
        self._pausing = True
        try:
            await self._desk.status("busy")
            await self._finished()
            await self._desk.status("break")
            self._say("takes a break")
            await self._floor.pace.take(rest)
            await self._desk.status("available")
            self._say("is back from the break")
        finally:
            self._pausing = False

    async def _come_back(self) -> None:
        self._say("let an offer pass")
        await self._take(_RETURN)
        if not self._pausing and not self._floor.closing.is_set():
            await self._desk.status("available")

    async def _take(self, seconds: float, until: asyncio.Event | None = None) -> None:
        """Lets a model duration pass, or less when the floor closes or `until` is set."""
        signs = [self._floor.closing, *([until] if until else [])]
        await either(*signs, within=self._floor.pace.real(seconds))

    async def _safely(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Unanswered as unanswered:
            self._note(unanswered)

    def _note(self, unanswered: Unanswered) -> None:
        if not self._floor.closing.is_set() or unanswered.status is not None:
            self._floor.ledger.trouble(self._desk.name, str(unanswered))

    def _say(self, what: str) -> None:
        self._floor.ledger.note(self._desk.name, what)

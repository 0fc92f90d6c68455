"""A batch of interactions, taken one after the other: what follows from each with what those before it have changed."""

from collections.abc import Collection, Mapping

from services.routing.domain.conversations import Conversation, Taken, ToPool, Unroutable, release, take
from services.routing.domain.loops import Beginnings, Begun
from services.routing.domain.meaning import Meaning, Opening
from services.routing.domain.rules import IsOpen, KnownQueue


class Taking:
    """commands: what follows. unroutable: what no queue takes. looping: events of what looks like a loop. begun: who
    began a conversation by message and was let in.
    """

    def __init__(
        self,
        queues: Collection[KnownQueue],
        is_open: IsOpen,
        known: Mapping[str, Conversation],
        beginnings: Beginnings,
    ) -> None:
        self.commands: list[ToPool] = []
        self.unroutable: list[Unroutable] = []
        self.looping: list[str] = []
        self.begun: list[Begun] = []
        self._queues = queues
        self._limits = {queue.id: queue.settings.loop_limit for queue in queues}
        self._is_open = is_open
        self._before = known
        self._after = dict(known)
        self._beginnings = beginnings

    def take(self, meant: Meaning) -> None:
        """An interaction came."""
        known = self._known(meant.conversation)
        taken = take(known, meant, self._queues, self._is_open)
        if isinstance(meant, Opening) and self._is_loop(known, meant, taken):
            self.looping.append(meant.event)
        else:
            self._note(taken)

    def release(self, conversation: str) -> None:
        """The caller of a held call has chosen nothing in time."""
        self._note(release(self._known(conversation), self._queues, self._is_open))

    def changed(self) -> list[Conversation]:
        """The conversations of which there is something new to remember."""
        return [one for name, one in self._after.items() if one != self._before.get(name)]

    def _known(self, conversation: str) -> Conversation:
        return self._after.get(conversation) or Conversation(id=conversation)

    def _note(self, taken: Taken) -> None:
        known, said = taken
        self._after[known.id] = known
        match said:
            case ToPool():
                self.commands.append(said)
            case Unroutable():
                self.unroutable.append(said)

    def _is_loop(self, known: Conversation, opening: Opening, taken: Taken) -> bool:
        after, said = taken
        if opening.begins != "message" or known.opened not in (None, opening.event) or not isinstance(said, ToPool):
            return False
        begun = Begun(identity=opening.identity, conversation=opening.conversation, at=opening.at)
        if not self._beginnings.admits(begun, self._limits[after.queue or ""]):
            return True
        self._beginnings.note(begun)
        self.begun.append(begun)
        return False

"""What lasted lately, for live windows: the handling of contacts, and what agents were occupied with."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from services.metrics.domain.contact import Contact
from services.metrics.domain.dimensions import OF_AGENTS, Dimension, Key, Row
from services.metrics.domain.figures import Figures
from services.metrics.domain.occupancy import edges_of
from services.metrics.domain.presence import Presence
from services.metrics.domain.rates import Rates
from services.metrics.domain.split import edges_of_handling, lasts_beyond
from services.metrics.domain.windows import MICROSECONDS


class Lasting:
    """Kept as rows change; costs what the rows of an agent cost of whom one changes. Windows begin after the second
    `floor`.
    """

    def __init__(self, floor: int) -> None:
        self._handling = Rates(floor)
        self._agents = Rates(floor)
        self._rows: dict[str, Contact | Presence] = {}
        self._of: defaultdict[str, set[str]] = defaultdict(set)
        self._changed: set[str] = set()

    def put(self, name: str, row: Row) -> None:
        """The row is new, or another one now."""
        before = self._rows.pop(name, None)
        for known in (before, row):
            if isinstance(known, Contact | Presence) and known.agent is not None:
                self._changed.add(known.agent)
        if before is not None and before.agent is not None:
            self._of[before.agent].discard(name)
        if isinstance(row, Contact):
            self._handling.put(name, edges_of_handling(row))
        if isinstance(row, Contact | Presence) and row.agent is not None:
            self._rows[name] = row
            self._of[row.agent].add(name)

    def within(self, span: int, ends: int, by: Collection[Dimension], *, split: bool) -> Mapping[Key, Figures]:
        """What lasted in the last `span` seconds up to `ends`, by these dimensions. split: handling, too."""
        self._settle()
        found: dict[Key, Figures] = {}
        for rates, of in ((self._handling, set(by) if split else set()), (self._agents, OF_AGENTS.intersection(by))):
            if not of:
                continue
            for key, name, amount in rates.within(span, ends, of):
                figures = found.get(key)
                if figures is None:
                    figures = found[key] = Figures()
                figures.sums[name] += amount
        return found

    def forget(self, floor: int) -> None:
        """Lets go of what was over at the second `floor`."""
        self._settle()
        moment = floor * MICROSECONDS
        for name, row in list(self._rows.items()):
            if _is_over(row, moment) and row.agent is not None:
                del self._rows[name]
                self._of[row.agent].discard(name)
        self._handling.forget(floor)
        self._agents.forget(floor)

    def _settle(self) -> None:
        for agent in self._changed:
            rows = [self._rows[name] for name in self._of[agent]]
            presences = [row for row in rows if isinstance(row, Presence)]
            contacts = [row for row in rows if isinstance(row, Contact)]
            self._agents.put(agent, edges_of(agent, presences, contacts))
        self._changed.clear()


def _is_over(row: Contact | Presence, moment: int) -> bool:
    if isinstance(row, Presence):
        return row.until is not None and row.until <= moment
    return not lasts_beyond(row, moment)

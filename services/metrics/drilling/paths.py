"""Where what is behind a figure is told."""

from datetime import datetime
from urllib.parse import quote

from services.metrics.domain.dimensions import Dimension


def contacts_path(since: datetime, until: datetime, by: Dimension, value: str, definition: str) -> str:
    """The contacts behind the figures of a key; with `kpi` added, behind one of them."""
    times = f"from={since:%Y-%m-%dT%H:%M:%SZ}&to={until:%Y-%m-%dT%H:%M:%SZ}"
    of = "" if by == "all" else f"&by={by}&of={quote(value, safe='')}"
    return f"/v1/kpis/contacts?{times}{of}&definition={quote(definition, safe='')}"


def events_path(ticket: str) -> str:
    """The events of a ticket; with `stay` added, of one of its contacts."""
    return f"/v1/kpis/contacts/{quote(ticket, safe='')}/events"

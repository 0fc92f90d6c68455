"""The board as one line, for where no terminal shows it."""

from deploy.local.simulation.live.view import View, clock, share, span


def line(view: View) -> str:
    """The figures of everything at this moment."""
    parts = [clock(view.time), f"{view.rate:.1f} contacts/min"]
    if view.total is not None:
        total = view.total
        parts += [
            f"waiting {total.waiting}",
            f"offered {total.offered}",
            f"answered {total.answered}",
            f"abandoned {total.abandoned}",
            f"service level {share(total.service_level)}",
            f"speed of answer {span(total.speed_of_answer)}",
            f"handle time {span(total.handle_time)}",
        ]
    at_work = sum(bool(row.hand) for row in view.agents)
    parts += [f"agents at work {at_work} of {len(view.agents)}", f"sent {view.handed}", f"errors {view.troubles}"]
    return " | ".join(parts)

"""Cursors of lists that show the newest first."""

import base64
import binascii
from datetime import datetime

from shared.problems import Problem


def cursor_of(at: datetime, name: str) -> str:
    """The cursor behind what is called so and is of that moment."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {name}".encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """The moment and the name that a cursor stands behind; Problem 422 if it is none."""
    try:
        at, name = base64.urlsafe_b64decode(cursor).decode().split(" ")
        return datetime.fromisoformat(at), name
    except (binascii.Error, ValueError) as error:
        raise Problem(422, "The cursor is not one of this list. Take `next` of the page before, as it is.") from error

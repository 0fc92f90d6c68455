"""Waiting for one of several signs."""

import asyncio


async def either(*signs: asyncio.Event, within: float | None = None) -> None:
    """Returns when one of the signs is given, or that many real seconds are over."""
    waits = [asyncio.create_task(sign.wait()) for sign in signs]
    try:
        await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

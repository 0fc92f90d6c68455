"""A connection that the broker closed is a fault of Kafka's, not of the program.

uvloop refuses to write to a closed transport with RuntimeError, where asyncio only warns. aiokafka expects OSError
(aio-libs/aiokafka#1038), so the task that met it, a producer's sender or a group's coordination, would end for good,
and the client would go on as if it lived. Here the connection is given up and aiokafka told what it knows to handle.
"""

from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

_send = AIOKafkaConnection.send


@wraps(_send)
def _send_if_open(connection: AIOKafkaConnection, request: Any, expect_response: bool = True) -> Any:  # noqa: ANN401 (aiokafka's own signature; it has no types)
    writer = connection._writer  # there is no public way to ask
    if writer is not None and writer.transport.is_closing():
        connection.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"Connection at {connection.host}:{connection.port} closed")
    return _send(connection, request, expect_response)


def outlive_closed_connections() -> None:
    """Makes every Kafka client of this process do so."""
    AIOKafkaConnection.send = _send_if_open

"""Exit with 0 when the service in this container is ready, else say why: what Docker's HEALTHCHECK runs."""

import http.client
import os
import sys

_PATIENCE = 3  # seconds


def main() -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["HUB_HTTP_PORT"]), timeout=_PATIENCE)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(500).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        sys.exit(f"The service does not answer: {error}")
    if answer.status != http.HTTPStatus.OK:
        sys.exit(f"/readyz answered {answer.status}: {body}")


if __name__ == "__main__":
    main()

"""What a hub in containers needs once before its services start; running it again changes nothing.

It makes the secrets in HUB_DATA, the replica set that HUB_MONGO_URL names (one member, under the address that the URL
gives), and the topics of HUB_NAMESPACE in HUB_KAFKA_BOOTSTRAP. Exit codes: 0 done, 1 a server does not answer as it
should, 2 a wrong setting.
"""

import sys
from collections.abc import Callable
from time import monotonic, sleep

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure
from pymongo.uri_parser import parse_uri

from deploy.local.errors import LocalHubError, ServerError, WrongSetting
from deploy.local.reachable import kafka_answers, mongo_is_primary
from deploy.local.secret_files import make_secrets
from deploy.local.settings import LocalSettings, local_settings
from deploy.local.topics import make_topics

_PATIENCE = 120.0  # seconds; after a hard stop a server checks its data before it answers
_POLL = 0.25
_NOT_YET_INITIALIZED = 94


def prepare(settings: LocalSettings) -> None:
    """Make what is missing. Raise LocalHubError when a server stays silent or a setting is missing."""
    bootstrap, url = settings.kafka_bootstrap, settings.mongo_url
    if bootstrap is None or url is None:
        raise WrongSetting("Set HUB_KAFKA_BOOTSTRAP and HUB_MONGO_URL to the servers that the services will use.")
    make_secrets(settings.secrets_dir)
    _say(f"secrets are in {settings.secrets_dir}")
    _wait(lambda: _has_replica_set(url), "MongoDB does not answer; look at its log.")
    _wait(lambda: mongo_is_primary(url), "MongoDB has no primary; look at its log.")
    _say("MongoDB takes writes")
    _wait(lambda: kafka_answers(bootstrap), f"Kafka at {bootstrap} does not answer; look at its log.")
    _say(f"Kafka takes records; {make_topics(bootstrap, settings.namespace)} topics were missing")


def _has_replica_set(url: str) -> bool:
    """Make the one-member replica set if the server has none. False while the server does not answer."""
    parsed = parse_uri(url)
    name, (host, port) = parsed["options"].get("replicaSet"), parsed["nodelist"][0]
    if name is None:
        raise WrongSetting("HUB_MONGO_URL must name the replica set: mongodb://host:27017/?replicaSet=hub")
    with MongoClient[dict[str, object]](host, port, directConnection=True, serverSelectionTimeoutMS=1_000) as client:
        try:
            client.admin.command("replSetGetStatus")
        except ConnectionFailure:
            return False
        except OperationFailure as refusal:
            if refusal.code != _NOT_YET_INITIALIZED:
                raise ServerError(f"MongoDB at {host}:{port} does not tell its replica set ({refusal}).") from refusal
            member = {"_id": 0, "host": f"{host}:{port}"}
            client.admin.command("replSetInitiate", {"_id": name, "members": [member]})
    return True


def _wait(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = monotonic() + _PATIENCE
    while not condition():
        if monotonic() > deadline:
            raise ServerError(otherwise)
        sleep(_POLL)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def main() -> None:
    try:
        prepare(local_settings())
    except LocalHubError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()

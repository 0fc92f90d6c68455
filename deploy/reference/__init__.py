"""The generated references in docs/: HTTP APIs, topics and events, written from the code that they describe.

`make docs` writes them; a contract test holds what is committed to what the code says now.
"""

import json
from pathlib import Path
from typing import Any

from deploy.reference.api_page import api_page
from deploy.reference.apps import app_of
from deploy.reference.asyncapi import asyncapi
from deploy.reference.events_page import events_page
from deploy.reference.flows import ROOT, SERVICES

DOCS = ROOT / "docs"


def references() -> dict[Path, str]:
    """Every generated file: its path and its text."""
    return {
        **{DOCS / f"api/{service}.openapi.json": _json(app_of(service).openapi()) for service in SERVICES},
        DOCS / "api.md": api_page(),
        DOCS / "asyncapi.json": _json(asyncapi()),
        DOCS / "events.md": events_page(),
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

"""A customer on one page, and what people write down about customers."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.eventually import eventually
from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, popped
from tests.integration.running_service import Json, RunningService
from tests.sealed_events import MOMENT, call, identified, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def page(agent: httpx.AsyncClient, customer: str) -> Json:
    answer = await agent.get(f"/v1/customers/{customer}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def known(agent: httpx.AsyncClient, interactions: Ingested, ann: Person) -> str:
    """Ann has written, called, and signed in; the id of her customer."""
    told = {"postcode": "10115", "name": "Ann Example", "consent:ads": "granted"}
    await interactions.publish(
        message("m-1", ann.email, name=f"Ann {ann.surname}"),
        call("c-1", ann.phone, at=MOMENT + timedelta(minutes=1)),
        identified("i-1", ann.email, [ann.phone], at=MOMENT + timedelta(minutes=2), attributes=told),
    )
    customer: str = (await popped(agent, ann.phone, entries=3, identities=2))["customer"]["id"]
    return customer


async def test_everything_about_a_customer_is_on_one_page(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    shown = await page(agent, await known(agent, interactions, ann))
    mail, phone = shown["identities"]
    assert (mail["identity"], mail["kind"], mail["standing"], mail["shared"]) == (ann.email, "email", "strong", None)
    assert [(one["identity"], one["evidence"]) for one in mail["evidence"]] == [(ann.phone, "verified_login")]
    assert [one["link"] for one in phone["evidence"]] == [one["link"] for one in mail["evidence"]]
    assert shown["attributes"]["postcode"]["value"] == "10115"
    assert shown["attributes"]["postcode"]["source"] == "verified_login"
    assert shown["attributes"]["postcode"]["at"] == "2026-11-21T10:02:00Z"
    assert shown["consents"]["ads"]["value"] == "granted"
    assert shown["contacts"]["last"] == {
        "email": {"inbound": "2026-11-21T10:00:00Z", "outbound": None},
        "phone": {"inbound": "2026-11-21T10:01:00Z", "outbound": None},
    }
    assert shown["contacts"]["counts"] == {"email": 1, "phone": 1}
    assert shown["contacts"]["counted_since"] is None
    assert shown["time_zone"] == "Europe/Berlin"
    assert (shown["first_contact"], shown["last_contact"]) == ("2026-11-21T10:00:00Z", "2026-11-21T10:02:00Z")


async def test_an_agent_changes_what_is_known(agent: httpx.AsyncClient, interactions: Ingested, ann: Person) -> None:
    customer = await known(agent, interactions, ann)
    change = {
        "attributes": {"segment": "gold", "time_zone": "Europe/Vienna", "postcode": None},
        "tags": {"vip": True, "late payer": True},
        "consents": {"ads": "denied", "calls": "granted"},
    }
    answer = await agent.patch(f"/v1/customers/{customer}", json=change)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["segment"], shown["time_zone"], shown["tags"]) == ("gold", "Europe/Vienna", ["late payer", "vip"])
    assert "postcode" not in shown["attributes"]
    assert (shown["attributes"]["segment"]["source"], shown["attributes"]["segment"]["by"]) == ("agent", "ann")
    assert {purpose: one["value"] for purpose, one in shown["consents"].items()} == {
        "ads": "denied",
        "calls": "granted",
    }
    answer = await agent.patch(f"/v1/customers/{customer}", json={"tags": {"vip": False}})
    assert answer.json()["tags"] == ["late payer"]


async def test_a_consent_holds_for_whoever_leaves_in_a_split(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    customer = await known(agent, interactions, ann)
    await agent.patch(f"/v1/customers/{customer}", json={"consents": {"ads": "denied"}, "tags": {"vip": True}})
    split = await agent.post(f"/v1/customers/{customer}/split", json={"identities": [ann.phone]})
    (other,) = split.json()["others"]
    left, stayed = await page(agent, other["id"]), await page(agent, customer)
    assert left["consents"]["ads"]["value"] == stayed["consents"]["ads"]["value"] == "denied"
    assert (left["tags"], stayed["tags"]) == ([], ["vip"])


async def test_a_note_stands_on_the_timeline_and_promises_a_call(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    customer = await known(agent, interactions, ann)
    due = datetime(2030, 1, 1, tzinfo=UTC)
    answer = await agent.post(
        f"/v1/customers/{customer}/notes", json={"text": "Wants a call in January", "call_back": due.isoformat()}
    )
    assert answer.status_code == 201, answer.text
    note = answer.json()["id"]
    newest = (await agent.get(f"/v1/customers/{customer}/timeline", params={"limit": 1})).json()["items"][0]
    assert (newest["id"], newest["type"], newest["identity"]) == (note, "hub.note.added.v1", ann.email)
    assert (newest["content"]["text"], newest["content"]["author"]) == ("Wants a call in January", "ann")
    (promised,) = (await page(agent, customer))["call_backs"]
    assert (promised["note"], promised["due"], promised["by"]) == (note, "2030-01-01T00:00:00Z", "ann")
    assert promised["state"] == "open"


async def test_what_is_written_down_survives_a_kill(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    customer = await known(agent, interactions, ann)
    assert (await agent.post(f"/v1/customers/{customer}/notes", json={"text": "Careful"})).status_code == 201
    await profile.kill()
    await profile.start()

    async def noted() -> bool:
        shown = (await agent.get(f"/v1/customers/{customer}/timeline")).json()["items"]
        return [one["content"].get("text") for one in shown].count("Careful") == 1

    await eventually(noted, what="the note, once")


async def test_a_change_that_makes_no_sense_is_refused(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    customer = await known(agent, interactions, ann)
    changes: list[Json] = [
        {},
        {"attributes": {}},
        {"attributes": {"Not A Name": "x"}},
        {"attributes": {"time_zone": "Europe/Atlantis"}},
        {"attributes": {"segment": "owes us 3.000 €, see ann@shop.example"}},
        {"attributes": {"account_manager": "Ann of Sales"}},
        {"attributes": {"language": "German"}},
        {"consents": {"ads": "perhaps"}},
        {"tags": {"a:b": True}},
        {"colour": "red"},
    ]
    for body in changes:
        answer = await agent.patch(f"/v1/customers/{customer}", json=body)
        assert answer.status_code == 422, body
        assert answer.json()["errors"], body
    notes: list[Json] = [{}, {"text": ""}, {"text": "x", "call_back": "2030-01-01T00:00:00"}]
    for body in notes:
        assert (await agent.post(f"/v1/customers/{customer}/notes", json=body)).status_code == 422, body
    assert (await agent.patch("/v1/customers/cus_nobody", json={"tags": {"vip": True}})).status_code == 404

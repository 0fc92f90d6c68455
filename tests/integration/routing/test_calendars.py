"""Business calendars through the public API: made, asked, named by a queue, and what is refused."""

import pytest

from tests.integration.routing.centre import Centre, Json

pytestmark = pytest.mark.asyncio(loop_scope="package")

OFFICE: Json = {
    "name": "Office",
    "time_zone": "Europe/Berlin",
    "week": {"monday": ["09:00-12:30", "13:30-17:00"], "tuesday": ["09:00-12:30"]},
    "dates": {"2026-11-24": [], "2026-11-25": ["10:00-24:00"]},
}


async def test_a_calendar_tells_whether_it_is_open_and_until_when(centre: Centre) -> None:
    name = f"office-{centre.pool}"
    async with centre.as_("admin", "root") as admin:
        made = await admin.put(f"/v1/calendars/{name}", json={"pool": centre.pool, **OFFICE})
        assert made.status_code == 200, made.text
        assert made.json() == {"id": name, "pool": centre.pool, **OFFICE}
        listed = (await admin.get("/v1/calendars", params={"limit": 500})).json()["items"]
        assert made.json() in listed

    async def at(moment: str) -> tuple[bool, str]:
        answer = await centre.client.get(f"/v1/calendars/{name}", params={"at": moment})
        assert answer.status_code == 200, answer.text
        assert answer.json().items() >= made.json().items()
        return answer.json()["open"], answer.json()["until"]

    assert await at("2026-11-23T09:00:00+01:00") == (True, "2026-11-23T11:30:00Z")
    assert await at("2026-11-23T11:45:00Z") == (False, "2026-11-23T12:30:00Z")
    assert await at("2026-11-23T17:00:00+01:00") == (False, "2026-11-25T09:00:00Z"), "Tuesday is closed"
    assert await at("2026-11-25T23:00:00+01:00") == (True, "2026-11-25T23:00:00Z")
    now = (await centre.client.get(f"/v1/calendars/{name}")).json()
    assert now["at"] < now["until"]


async def test_a_queue_names_a_calendar_of_its_pool(centre: Centre) -> None:
    name, queue = f"office-{centre.pool}", {"pool": centre.pool, "name": "The rest"}
    async with centre.as_("admin", "root") as admin:
        path = f"/v1/queues/{centre.rest}"
        refused = await admin.put(path, json={**queue, "calendar": name})
        assert refused.status_code == 409
        assert refused.json()["detail"] == f"The pool has no calendar {name}. Make it first: PUT /v1/calendars/{name}."
        await admin.put(f"/v1/calendars/{name}", json={"pool": centre.pool, **OFFICE})
        assert (await admin.put(path, json={**queue, "calendar": name})).json()["calendar"] == name
        assert (await admin.put(path, json=queue)).json()["calendar"] is None


@pytest.mark.parametrize(
    ("wrong", "place", "says"),
    [
        ({"week": {"monday": ["25:00-26:00"]}}, "body.week.monday.0", "25:00 is no time of a day"),
        ({"week": {"monday": ["17:00-09:00"]}}, "body.week.monday.0", "17:00-09:00 ends before it begins"),
        ({"week": {"monday": ["08:00-12:00", "11:00-13:00"]}}, "body.week.monday", "overlap; make them one"),
        ({"week": {}}, "body.week", "No weekday has hours"),
        ({"week": {"caturday": ["09:00-17:00"]}}, "body.week.caturday.[key]", "Input should be 'monday'"),
        ({"dates": {"2026-02-30": []}}, "body.dates.2026-02-30", "There is no date 2026-02-30"),
        ({"dates": {"2026-12-24": ["9-12"]}}, "body.dates.2026-12-24.0", "write it like 09:00-17:30"),
        ({"time_zone": "Europe/Berlinn"}, "body.time_zone", "did you mean Europe/Berlin?"),
    ],
)
async def test_a_calendar_that_cannot_be_is_refused_with_the_place(
    centre: Centre, wrong: Json, place: str, says: str
) -> None:
    path = f"/v1/calendars/broken-{centre.pool}"
    async with centre.as_("admin", "root") as admin:
        answer = await admin.put(path, json={"pool": centre.pool, **OFFICE, **wrong})
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        (error,) = answer.json()["errors"]
        assert error["field"] == place
        assert says in error["reason"]
        assert (await admin.get(path)).status_code == 404


async def test_a_calendar_stays_in_its_pool_and_a_moment_needs_an_offset(centre: Centre) -> None:
    path = f"/v1/calendars/office-{centre.pool}"
    async with centre.as_("admin", "root") as admin:
        assert (await admin.put(path, json={"pool": centre.pool, **OFFICE})).status_code == 200
        moved = await admin.put(path, json={"pool": "elsewhere", **OFFICE})
        assert (moved.status_code, "cannot move" in moved.json()["detail"]) == (409, True)
        assert (await admin.get(path, params={"at": "2026-11-23T09:00:00"})).status_code == 422
    assert (await centre.client.put(path, json={"pool": centre.pool, **OFFICE})).status_code == 403

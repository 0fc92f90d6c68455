"""A queue that matches languages gives a contact to who speaks the customer's."""

from dataclasses import replace

import pytest

from tests.integration.routing.centre import Centre, Json

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def put(centre: Centre, path: str, **wanted: object) -> tuple[int, Json]:
    async with centre.as_("admin", "root") as admin:
        answer = await admin.put(f"/v1/{path}", json={"pool": centre.pool, "name": "It", **wanted})
        return answer.status_code, dict(answer.json())


async def test_a_customer_is_offered_to_who_speaks_their_language_and_it_is_explained(centre: Centre) -> None:
    assert (await put(centre, f"queues/{centre.rest}", match_language=3))[1]["match_language"] == 3
    assert (await put(centre, f"agents/{centre.ann}", languages=["en"]))[1]["languages"] == {"en": 5}
    assert (await put(centre, f"agents/{centre.bob}", languages={"de": 4, "en": 2}))[0] == 200
    await centre.sign_in(centre.ann, centre.bob)
    message = centre.customers.message("m1", channel="chat")

    await centre.customers.send(replace(message, data=replace(message.data, language="de-AT")))

    (ticket,) = await centre.wait_for(1, state="offered")
    assert (ticket["agent"], ticket["language"], ticket["levels"]) == (centre.bob, "de", {"language:de": 3})
    explained = (await centre.client.get(f"/v1/tickets/{ticket['id']}/explain")).json()["items"][0]["offer"]
    assert [(one["agent"], one["why"], one["lacks"]) for one in explained["candidates"]] == [
        (centre.bob, "chosen", {}),
        (centre.ann, "language", {"language:de": 3}),
    ]


async def test_a_language_that_is_no_tag_is_routed_without_one(centre: Centre) -> None:
    await put(centre, f"queues/{centre.rest}", match_language=3)
    await put(centre, f"agents/{centre.ann}", languages=["de"])
    await centre.sign_in(centre.ann)
    message = centre.customers.message("m1", channel="chat")
    await centre.customers.send(replace(message, data=replace(message.data, language="German, I think")))
    (ticket,) = await centre.wait_for(1, state="offered")
    assert (ticket["language"], ticket["skills"]) == (None, [])


@pytest.mark.parametrize(
    ("languages", "reason"),
    [({"de-AT": 4}, "without a region"), ({"german": 4}, "no language's code"), ({"de": 9}, "5")],
)
async def test_a_bad_language_is_refused_with_the_reason(centre: Centre, languages: Json, reason: str) -> None:
    status, problem = await put(centre, f"agents/{centre.ann}", languages=languages)
    assert (status, reason in str(problem["errors"])) == (422, True), problem


async def test_a_level_that_there_is_not_is_refused(centre: Centre) -> None:
    status, problem = await put(centre, f"queues/{centre.rest}", match_language=6)
    assert (status, "match_language" in str(problem["errors"])) == (422, True), problem

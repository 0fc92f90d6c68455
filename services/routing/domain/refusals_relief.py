"""Why a command about tickets whose queue keeps them waiting is refused."""

from services.routing.domain.refusals import Refused


def unusable_text(reason: str) -> Refused:
    return Refused(word="unusable_text", detail=f"The text of tell_wait cannot be used: {reason}.")


def voicemail_elsewhere() -> Refused:
    detail = "Messages on voicemail wait in the pool of their call. Take `pool` or `voicemail` out of the step."
    return Refused(word="voicemail_elsewhere", detail=detail)


def own_pool() -> Refused:
    return Refused(
        word="own_pool", detail="A step names another pool only. Leave `pool` out for queues of the same pool."
    )

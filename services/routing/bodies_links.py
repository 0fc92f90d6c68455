"""What the routes for links and merges take and answer."""

from services.routing.bodies import Body
from shared.contracts.tickets_links import Relation
from shared.contracts.values import Name


class LinkWanted(Body):
    """to: another ticket, of any pool, open or not. relation: what this ticket is to it."""

    to: Name
    relation: Relation = "related"


class Merging(Body):
    """into: the ticket that stays. force: for supervisors: although it is of another customer."""

    into: Name
    force: bool = False

"""Who may do what with an application: its brand's members and its influencer."""

from marketplace.accounts.rules import Actor, Scope
from marketplace.collaborations.models import Application
from marketplace.errors import Forbidden, NotFound


class NotYourPart(Forbidden):
    """The other side of the contract does this."""


def require_party(application: Application, actor: Actor, scope: Scope) -> None:
    """Either side may; NotFound for strangers, Forbidden for too low a role."""
    if actor.influencer_id == application.influencer_id:
        actor.require(scope)
    else:
        actor.require_brand(application.brand_id, scope)


def require_brand_side(application: Application, actor: Actor, scope: Scope) -> None:
    """Only the brand may; NotYourPart for the influencer, NotFound for strangers."""
    own = actor.influencer_id == application.influencer_id
    if own and application.brand_id not in actor.memberships:
        raise NotYourPart("Only the brand can do this.")
    actor.require_brand(application.brand_id, scope)


def require_influencer(application: Application, actor: Actor, scope: Scope) -> None:
    """Only the influencer may; NotYourPart for the brand, NotFound for strangers."""
    if actor.influencer_id == application.influencer_id:
        actor.require(scope)
    elif application.brand_id in actor.memberships:
        raise NotYourPart("Only the influencer can do this.")
    else:
        raise NotFound("There is no such thing, or it is not yours.")

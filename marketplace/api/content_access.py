"""Whose posts and channels they are."""

from sqlalchemy import select

from marketplace.accounts import BrandChannel, Channel, Scope
from marketplace.api.frame import actor, begin
from marketplace.collaborations import Application, ApplicationStatus
from marketplace.content import Post
from marketplace.errors import Forbidden, NotFound


def own_post(post_id: str, scope: Scope) -> Post:
    """A post of the caller's, or for a campaign of the caller's brand."""
    post = begin().get(Post, post_id)
    if post is None:
        raise NotFound("There is no such post, or it is not yours.")
    asking = actor()
    if asking.influencer_id == post.influencer_id:
        asking.require(scope)
    else:
        asking.require_brand(post.brand_id, scope)
    return post


def own_channel(channel_id: str, scope: Scope) -> Channel | BrandChannel:
    """A channel of the caller's own; of an influencer who is in a campaign of the
    caller's brand; or of the brand itself.
    """
    session, asking = begin(), actor()
    of_brand = session.get(BrandChannel, channel_id)
    if of_brand is not None:
        asking.require_brand(of_brand.brand_id, scope)
        return of_brand
    channel = session.get(Channel, channel_id)
    if channel is None:
        raise NotFound("There is no such channel, or it is not yours.")
    if channel.influencer_id == asking.influencer_id:
        asking.require(scope)
        return channel
    accepted = select(Application.brand_id).where(
        Application.influencer_id == channel.influencer_id,
        Application.status == ApplicationStatus.ACCEPTED,
        Application.brand_id.in_(asking.brand_ids),
    )
    brand_ids = sorted(set(session.scalars(accepted)))
    refusal: Forbidden | NotFound = NotFound(
        "There is no such channel, or it is not yours."
    )
    for brand_id in brand_ids:
        try:
            asking.require_brand(brand_id, scope)
        except Forbidden as error:
            refusal = error
        else:
            return channel
    raise refusal

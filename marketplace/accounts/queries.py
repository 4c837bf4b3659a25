"""Which users, brands, influencers and tokens there are."""

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from marketplace.accounts.models import ApiToken, Brand, Influencer, Membership, User
from marketplace.accounts.rules import Role


def user_of_email(email: str) -> Select[User]:
    """The user with that (normalised) e-mail."""
    return select(User).where(User.email == email)


def admins() -> Select[User]:
    """The users who are admins of this instance."""
    return select(User).where(User.is_admin).order_by(User.email)


def bearer_of(token_hash: str) -> Select[ApiToken, bool, str | None, str, Role]:
    """The token, with whether its user is an admin, influencer id, brand id and role; a
    row for each membership.
    """
    return (
        select(
            ApiToken,
            User.is_admin,
            Influencer.id,
            Membership.brand_id,
            Membership.role,
        )
        .join(User, User.id == ApiToken.user_id)
        .outerjoin(Influencer, Influencer.user_id == ApiToken.user_id)
        .outerjoin(Membership, Membership.user_id == ApiToken.user_id)
        .where(ApiToken.token_hash == token_hash)
    )


def tokens_of(user_id: str) -> Select[ApiToken]:
    """The tokens of a user that were not revoked."""
    return select(ApiToken).where(
        ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)
    )


def brands_among(brand_ids: Collection[str]) -> Select[Brand]:
    """These brands, by name."""
    return select(Brand).where(Brand.id.in_(brand_ids)).order_by(Brand.name, Brand.id)


def influencers_with_channels() -> Select[Influencer]:
    """Influencers, their channels loaded."""
    return select(Influencer).options(selectinload(Influencer.channels))

"""Users, the brands they are members of, influencers with their channels, tokens."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.rules import Platform, Role
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice


class User(Model):
    """A login. `email` is normalised; the password is an argon2id hash.

    `is_admin`: may set what all brands of this instance share, such as exchange rates.
    """

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("usr"))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Brand(Model):
    """An organisation that runs campaigns and owns shops.

    `hosts`: where its links may lead besides landing pages and shops.
    `customer_key`: the sealed key under which its shoppers are hashed; never rotated.
    `query_days`: within how many days it answers what an influencer asks.
    """

    __tablename__ = "brands"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("brd"))
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(64))
    hosts: Mapped[list[str]] = mapped_column(default=list)
    customer_key: Mapped[bytes] = mapped_column(LargeBinary)
    query_days: Mapped[int] = mapped_column(default=14)
    created_at: Mapped[datetime]


class Membership(Model):
    """A user's role in a brand."""

    __tablename__ = "memberships"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    brand_id: Mapped[str] = mapped_column(
        ForeignKey("brands.id"), primary_key=True, index=True
    )
    role: Mapped[Role] = mapped_column(choice(Role))


class Influencer(Model):
    """A person who promotes."""

    __tablename__ = "influencers"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("inf"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(8))
    bio: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]

    channels: Mapped[list["Channel"]] = relationship(
        lazy="raise", order_by="[Channel.position, Channel.id]"
    )


class Channel(Model):
    """One of an influencer's accounts on a platform; followers as reported.

    `position`: its place among them; the first one names the promo code.
    """

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("influencer_id", "platform", "handle"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("chn"))
    influencer_id: Mapped[str] = mapped_column(ForeignKey("influencers.id"))
    position: Mapped[int] = mapped_column(default=0)
    platform: Mapped[Platform] = mapped_column(choice(Platform))
    handle: Mapped[str] = mapped_column(String(100))
    url: Mapped[str | None] = mapped_column(String(2000))
    followers: Mapped[int | None]
    created_at: Mapped[datetime]


class BrandChannel(Model):
    """One of a brand's own accounts on a platform, whose followers it watches."""

    __tablename__ = "brand_channels"
    __table_args__ = (UniqueConstraint("brand_id", "platform", "handle"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("bch"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    platform: Mapped[Platform] = mapped_column(choice(Platform))
    handle: Mapped[str] = mapped_column(String(100))
    url: Mapped[str | None] = mapped_column(String(2000))
    created_at: Mapped[datetime]


class ApiToken(Model):
    """A bearer token of 256 random bits; only its SHA-256 is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("tok"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

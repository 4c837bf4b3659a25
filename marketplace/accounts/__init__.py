"""Who takes part: users with their roles in brands, influencers with their channels."""

from marketplace.accounts.admins import NoSuchUser, set_admin
from marketplace.accounts.brand_channels import (
    ChannelKnown,
    add_brand_channel,
    brand_channels_of,
)
from marketplace.accounts.legal import (
    LegalIdentity,
    NumberNotReadable,
    StatedIdentity,
    legal_identity_of,
    open_iban,
    open_tax_id,
    state_legal_identity,
)
from marketplace.accounts.legal_numbers import country_of
from marketplace.accounts.locks import claim_brand, lock_brand
from marketplace.accounts.models import (
    ApiToken,
    Brand,
    BrandChannel,
    Channel,
    Influencer,
    Membership,
    User,
)
from marketplace.accounts.operations import (
    CUSTOMER_KEY,
    EmailTaken,
    NewChannel,
    register_brand,
    register_influencer,
    update_brand,
    update_influencer,
)
from marketplace.accounts.passwords import hash_password, verify_password
from marketplace.accounts.queries import (
    admins,
    brands_among,
    influencers_with_channels,
    tokens_of,
    user_of_email,
)
from marketplace.accounts.rules import (
    ROLE_SCOPES,
    Actor,
    NotAnAdmin,
    Platform,
    Role,
    RoleTooLow,
    Scope,
    ScopeMissing,
    default_timezone,
    normalise_email,
)
from marketplace.accounts.tokens import (
    TokenNotValid,
    authenticate,
    issue_token,
    revoke_token,
)
from marketplace.accounts.urls import LONGEST_URL, host_of, normalise_host, web_url

__all__ = [
    "CUSTOMER_KEY",
    "LONGEST_URL",
    "ROLE_SCOPES",
    "Actor",
    "ApiToken",
    "Brand",
    "BrandChannel",
    "Channel",
    "ChannelKnown",
    "EmailTaken",
    "Influencer",
    "LegalIdentity",
    "Membership",
    "NewChannel",
    "NoSuchUser",
    "NotAnAdmin",
    "NumberNotReadable",
    "Platform",
    "Role",
    "RoleTooLow",
    "Scope",
    "ScopeMissing",
    "StatedIdentity",
    "TokenNotValid",
    "User",
    "add_brand_channel",
    "admins",
    "authenticate",
    "brand_channels_of",
    "brands_among",
    "claim_brand",
    "country_of",
    "default_timezone",
    "hash_password",
    "host_of",
    "influencers_with_channels",
    "issue_token",
    "legal_identity_of",
    "lock_brand",
    "normalise_email",
    "normalise_host",
    "open_iban",
    "open_tax_id",
    "register_brand",
    "register_influencer",
    "revoke_token",
    "set_admin",
    "state_legal_identity",
    "tokens_of",
    "update_brand",
    "update_influencer",
    "user_of_email",
    "verify_password",
    "web_url",
]

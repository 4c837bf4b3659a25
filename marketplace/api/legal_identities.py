"""Legal identities: who is named on invoices, transfers and tax returns; one's own only."""

from datetime import datetime
from typing import Any

from marshmallow import fields

from marketplace import accounts, attribution, orders
from marketplace.accounts import (
    Brand,
    Influencer,
    LegalIdentity,
    NumberNotReadable,
    Scope,
)
from marketplace.accounts.legal_numbers import masked
from marketplace.api.fields import Answer, Body, Day, Moment, Text
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    money,
    own_brand,
    reads,
    settings,
)
from marketplace.attribution import Attribution
from marketplace.clock import now
from marketplace.errors import NotFound

blp = Resource("legal_identities", description="Who is paid and who pays, on papers")


class YesNo(fields.Boolean):
    """True or false as JSON writes it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(truthy={True}, falsy={False}, **options)


class AddressIn(Body):
    """A postal address."""

    line1 = Text(required=True, shortest=1)
    line2 = Text(load_default="")
    postal_code = Text(required=True, shortest=1, longest=20)
    city = Text(required=True, shortest=1, longest=100)
    # Which countries there are is asked with the numbers, to name all faults at once.
    country = Text(required=True, shortest=2, longest=2)


class LegalIdentityIn(Body):
    """All of it; what is left out is none.

    But the two that are not shown again: left out, `iban` and `tax_id` stay as they
    are; null takes them away.
    """

    legal_name = Text(required=True, shortest=1)
    is_business = YesNo(
        required=True, metadata={"description": "acts as a business for VAT"}
    )
    address = fields.Nested(AddressIn, required=True)
    vat_number = Text(load_default=None, allow_none=True, longest=40)
    chamber_number = Text(
        load_default=None,
        allow_none=True,
        longest=40,
        metadata={"description": "of the chamber of commerce (NL: KvK)"},
    )
    small_business = YesNo(
        load_default=False,
        metadata={"description": "charges no VAT as a small business (NL: KOR)"},
    )
    birth_date = Day(
        load_default=None,
        allow_none=True,
        metadata={"description": "of a natural person, business or not"},
    )
    tax_id = Text(
        allow_none=True,
        longest=40,
        metadata={"description": "number of the tax administration (TIN)"},
    )
    iban = Text(allow_none=True, longest=50)
    account_holder = Text(load_default=None, allow_none=True)


class AddressOut(Answer):
    """A postal address."""

    line1 = fields.String()
    line2 = fields.String()
    postal_code = fields.String()
    city = fields.String()
    country = fields.String()


class LegalIdentityOut(Answer):
    """A legal identity. Of `iban` and `tax_id` only the last four characters show."""

    is_stated = fields.Boolean()
    legal_name = fields.String(allow_none=True)
    is_business = fields.Boolean(allow_none=True)
    address = fields.Nested(AddressOut, allow_none=True)
    vat_number = fields.String(allow_none=True)
    chamber_number = fields.String(allow_none=True)
    small_business = fields.Boolean(allow_none=True)
    birth_date = Day(allow_none=True)
    tax_id = fields.String(allow_none=True)
    iban = fields.String(allow_none=True)
    account_holder = fields.String(allow_none=True)
    updated_at = Moment(allow_none=True)


@blp.route("/influencers/<influencer_id>/legal-identity")
@reads
@blp.response(200, LegalIdentityOut)
def get_influencers_identity(influencer_id: str) -> dict[str, Any]:
    """Look at one's own; nobody else sees it but on statements."""
    return _shown(_identity(_oneself(influencer_id)))


@blp.route("/influencers/<influencer_id>/legal-identity", methods=["PUT"])
@money
@blp.arguments(LegalIdentityIn)
@blp.response(200, LegalIdentityOut)
def put_influencers_identity(
    body: dict[str, Any], influencer_id: str
) -> dict[str, Any]:
    """Say who is paid, and into which account.

    Orders credited to oneself are decided again: an address may show one's own.
    """
    session, at = begin(), now()
    shown = _state(_oneself(influencer_id), body, at)
    if shown["updated_at"] == at:
        theirs = attribution.orders_credited_to(influencer_id)
        still_open = theirs.where(Attribution.final_at.is_(None))
        orders.request_settlement(session, still_open, now=at)
    return shown


@blp.route("/brands/<brand_id>/legal-identity")
@reads
@blp.response(200, LegalIdentityOut)
def get_brands_identity(brand_id: str) -> dict[str, Any]:
    """Look at one's own brand's."""
    return _shown(_identity(own_brand(Scope.READ, brand_id)))


@blp.route("/brands/<brand_id>/legal-identity", methods=["PUT"])
@money
@blp.arguments(LegalIdentityIn)
@blp.response(200, LegalIdentityOut)
def put_brands_identity(body: dict[str, Any], brand_id: str) -> dict[str, Any]:
    """Say who pays."""
    return _state(own_brand(Scope.MONEY, brand_id), body, now())


def _oneself(influencer_id: str) -> Influencer:
    if influencer_id != actor().influencer_id:
        raise NotFound("There is no such influencer, or it is not you.")
    return begin().get_one(Influencer, influencer_id)


def _identity(owner: Influencer | Brand) -> LegalIdentity | None:
    if isinstance(owner, Influencer):
        return accounts.legal_identity_of(begin(), influencer_id=owner.id)
    return accounts.legal_identity_of(begin(), brand_id=owner.id)


def _state(
    owner: Influencer | Brand, body: dict[str, Any], at: datetime
) -> dict[str, Any]:
    known, keyring = _identity(owner), settings().keyring
    if known is not None:
        for name, opened in _NOT_SHOWN.items():
            if name not in body:
                body[name] = opened(known, keyring)
    stated = accounts.StatedIdentity(**{**body.pop("address"), **body})
    identity = accounts.state_legal_identity(
        begin(), owner, stated, keyring=keyring, by=actor(), now=at
    )
    return _shown(identity)


_NOT_SHOWN = {"iban": accounts.open_iban, "tax_id": accounts.open_tax_id}
_PLAIN = (
    *("legal_name", "is_business", "vat_number", "chamber_number", "small_business"),
    *("birth_date", "account_holder", "updated_at"),
)


def _shown(identity: LegalIdentity | None) -> dict[str, Any]:
    """As it is answered; all null where nothing was stated."""
    shown: dict[str, Any] = {name: getattr(identity, name, None) for name in _PLAIN}
    shown |= {"is_stated": identity is not None, "address": identity}
    for name in _NOT_SHOWN:
        number = _number(identity, name) if identity else None
        shown[name] = masked(number) if number else None
    return shown


def _number(identity: LegalIdentity, name: str) -> str | None:
    """Null where it was sealed under another key, and so must be stated anew."""
    try:
        return _NOT_SHOWN[name](identity, settings().keyring)
    except NumberNotReadable:
        return None

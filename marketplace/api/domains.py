"""Domains of a brand's own, on which its links are followed."""

from typing import Any
from urllib.parse import urlsplit

from limits import parse
from marshmallow import fields
from sqlalchemy import select

from marketplace.accounts import Scope, normalise_host
from marketplace.api import limits
from marketplace.api.fields import Answer, Body, Moment, Text
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_brand,
    reading,
    reads,
    settings,
    writes,
)
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.clock import now
from marketplace.errors import NotFound
from marketplace.tracking import TrackingDomain, domains
from marketplace.tracking.dns_records import NameServersSilent, texts_of

blp = Resource("domains", description="Domains of a brand's own for its links")
NEWEST = Sort("newest", TrackingDomain.created_at, TrackingDomain.id)
VERIFYING = parse("60 per minute")  # of one brand: each is a question to name servers


class DomainIn(Body):
    """A host name to follow links at, such as ``go.shop.example``."""

    host = Text(required=True, shortest=1, longest=253)


class RecordOut(Answer):
    """What must stand in the domain's DNS to show that it is one's own."""

    type = fields.Constant("TXT")
    name = fields.Function(
        lambda domain: domains.record_name(domain.host), metadata={"type": "string"}
    )
    value = fields.String(attribute="token")


class DomainOut(Answer):
    """A domain; links are followed there once it is verified. `failure`: why not yet."""

    id = fields.String()
    brand_id = fields.String()
    host = fields.String()
    record = fields.Function(
        lambda domain: RecordOut().dump(domain), metadata={"type": "object"}
    )
    failure = fields.String()
    created_at = Moment()
    checked_at = Moment(allow_none=True)
    verified_at = Moment(allow_none=True)


@blp.route("/brands/<brand_id>/domains", methods=["POST"])
@writes
@blp.arguments(DomainIn)
@blp.response(201, DomainOut)
def add_domain(body: dict[str, Any], brand_id: str) -> TrackingDomain:
    """Claim a domain; the answer says what to write into its DNS."""
    brand = own_brand(Scope.WRITE, brand_id)
    return domains.add_domain(
        begin(), brand, host=body["host"], ours=_ours(), by=actor(), now=now()
    )


@blp.route("/brands/<brand_id>/domains")
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(DomainOut))
def list_domains(query: dict[str, Any], brand_id: str) -> dict[str, Any]:
    """List a brand's domains."""
    brand = own_brand(Scope.READ, brand_id)
    theirs = select(TrackingDomain).where(TrackingDomain.brand_id == brand.id)
    return page(begin(), theirs, NEWEST, query)


@blp.route("/domains/<domain_id>")
@reads
@blp.response(200, DomainOut)
def get_domain(domain_id: str) -> TrackingDomain:
    """Look at a domain."""
    return _found(domain_id, Scope.READ)


@blp.route("/domains/<domain_id>/verify", methods=["POST"])
@writes
@blp.response(200, DomainOut)
def verify_domain(domain_id: str) -> TrackingDomain:
    """Look into the domain's DNS whether the brand's token stands there."""
    brand_id, host = _asked_for(domain_id)
    limits.spend(VERIFYING, "verify_domain", brand_id)
    texts, failure = _texts(host)
    domain = _found(domain_id, Scope.WRITE, lock=True)
    domains.judge_domain(
        begin(), domain, texts=texts, failure=failure, by=actor(), now=now()
    )
    return domain


@blp.route("/domains/<domain_id>", methods=["DELETE"])
@writes
@blp.response(204)
def remove_domain(domain_id: str) -> None:
    """Give a domain up: links are no longer followed there."""
    domain = _found(domain_id, Scope.WRITE)
    domains.remove_domain(begin(), domain, by=actor(), now=now())


def _asked_for(domain_id: str) -> tuple[str, str]:
    """Brand and host, read before the transaction: name servers may take seconds."""
    session = reading()
    domain = session.get(TrackingDomain, domain_id)
    if domain is None:
        raise _nothing()
    actor().require_brand(domain.brand_id, Scope.WRITE)
    found = domain.brand_id, domain.host
    session.rollback()
    return found


def _texts(host: str) -> tuple[list[str], str]:
    """The texts in a domain's DNS, and why there are none where they are not known."""
    try:
        return texts_of(domains.record_name(host), settings().dns_server), ""
    except NameServersSilent as silent:
        return [], str(silent)


def _found(domain_id: str, scope: Scope, *, lock: bool = False) -> TrackingDomain:
    domain = begin().get(TrackingDomain, domain_id, with_for_update=lock or None)
    if domain is None:
        raise _nothing()
    actor().require_brand(domain.brand_id, scope)
    return domain


def _nothing() -> NotFound:
    return NotFound("There is no such domain, or it is not yours.")


def _ours() -> set[str]:
    """Hosts at which this instance itself is."""
    urls = (settings().public_url, settings().tracking_url)
    return {normalise_host(urlsplit(url).hostname or "localhost") for url in urls}

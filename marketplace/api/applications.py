"""Applications: applying, deciding, withdrawing, ending; further links."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import Length

from marketplace import accounts, campaigns, collaborations, commissions
from marketplace.accounts import Influencer, Scope
from marketplace.api.fields import Body, Choice, Text
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_influencer_id,
    reads,
    writes,
)
from marketplace.api.link_fields import LinkSaid
from marketplace.api.money_fields import MoneyOrAmount
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.api.shapes import (
    ApplicationOut,
    LinkOut,
    applications_shown,
    links_shown,
)
from marketplace.campaigns import Campaign
from marketplace.clock import now
from marketplace.collaborations import Application, ApplicationStatus, RejectReason
from marketplace.errors import Invalid, NotFound

blp = Resource("applications", description="Requests to join campaigns, and contracts")
NEWEST = Sort("newest", Application.created_at, Application.id)
APPLICATIONS = page_of(ApplicationOut)
LONGEST_NOTE = 500


class AnswerField(fields.Field[Any]):
    """An answer to a question: text, a number or a boolean."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            return Text(longest=5000).deserialize(value)
        if isinstance(value, bool) or value is None:
            return value
        return fields.Float(allow_nan=False).deserialize(value)


class ApplicationIn(Body):
    """What an influencer says; without channels, all that suit the campaign."""

    message = Text(longest=5000)
    answers = fields.Dict(
        keys=Text(longest=64), values=AnswerField(allow_none=True), load_default=dict
    )
    channel_ids = fields.List(
        Text(longest=64), allow_none=True, validate=Length(min=1, max=50)
    )
    proposed_fee = MoneyOrAmount(allow_none=True, load_default=None)


class AcceptIn(Body):
    """A fixed fee that was agreed besides; none unless said. Held like a commission."""

    fee = MoneyOrAmount(allow_none=True, load_default=None, least=1)


class ApplicationQuery(PageQuery):
    """Which applications."""

    status = Choice(ApplicationStatus)
    campaign_id = Text(longest=64)


class CampaignApplicationQuery(PageQuery):
    """Which of a campaign's applications."""

    status = Choice(ApplicationStatus)


class RejectIn(Body):
    """Why it is declined: one of the usual reasons, or in words of one's own.

    Words of one's own are the reason ``other``, and stand at the head of the note.
    """

    reason = Text(
        longest=200,
        load_default=RejectReason.OTHER.value,
        metadata={"description": f"{', '.join(RejectReason)}, or any other text"},
    )
    note = Text(longest=LONGEST_NOTE, load_default="")

    @validates_schema(skip_on_field_errors=True)
    def fits(self, said: dict[str, str], **_: Any) -> None:
        """Both must fit where the note is kept."""
        if len(_why(said)[1]) > LONGEST_NOTE:
            raise ValidationError(
                {"note": [f"At most {LONGEST_NOTE} with the reason."]}
            )


def _why(said: dict[str, str]) -> tuple[RejectReason, str]:
    """The reason and the note as they are kept."""
    try:
        return RejectReason(said["reason"]), said["note"]
    except ValueError:
        told = (said["reason"], said["note"])
        return RejectReason.OTHER, "\n".join(text for text in told if text)


class LinkIn(LinkSaid):
    """A further link, for one of one's channels or for none."""

    channel_id = Text(longest=64, allow_none=True)


@blp.route("/campaigns/<campaign_id>/applications", methods=["POST"])
@writes
@blp.arguments(ApplicationIn)
@blp.response(201, ApplicationOut)
def apply(body: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Apply to a campaign."""
    influencer_id = own_influencer_id()
    session, campaign = begin(), _campaign(campaign_id)
    influencer = session.get_one(Influencer, influencer_id)
    fee = body.pop("proposed_fee")
    body["proposed_fee_amount"] = fee and _in_currency("proposed_fee", fee, campaign)
    application = collaborations.apply(
        session, campaign, influencer, **body, by=actor(), now=now()
    )
    return _shown(application)


@blp.route("/campaigns/<campaign_id>/applications")
@reads
@blp.arguments(CampaignApplicationQuery, location="query")
@blp.response(200, APPLICATIONS)
def list_campaign_applications(
    query: dict[str, Any], campaign_id: str
) -> dict[str, Any]:
    """List who applied to one of one's campaigns."""
    campaign = _campaign(campaign_id)
    actor().require_brand(campaign.brand_id, Scope.READ)
    return _page(query | {"campaign_id": campaign.id})


@blp.route("/applications")
@reads
@blp.arguments(ApplicationQuery, location="query")
@blp.response(200, APPLICATIONS)
def list_applications(query: dict[str, Any]) -> dict[str, Any]:
    """List one's own applications, and those to one's brands."""
    return _page(query)


@blp.route("/applications/<application_id>")
@reads
@blp.response(200, ApplicationOut)
def get_application(application_id: str) -> dict[str, Any]:
    """Look at an application."""
    application = _application(application_id)
    collaborations.require_party(application, actor(), Scope.READ)
    return _shown(application)


@blp.route("/applications/<application_id>/accept", methods=["POST"])
@writes
@blp.arguments(AcceptIn)
@blp.response(200, ApplicationOut)
def accept(body: dict[str, Any], application_id: str) -> dict[str, Any]:
    """Accept: freezes the terms, mints a promo code and a link per channel."""
    application, at = _application(application_id), now()
    collaborations.require_brand_side(application, actor(), Scope.WRITE)
    if body["fee"] is None:
        collaborations.accept(begin(), application, by=actor(), now=at)
        return _shown(application)
    actor().require_brand(application.brand_id, Scope.MONEY)
    session = begin()
    brand = accounts.lock_brand(session, application.brand_id)
    campaign = session.get_one(Campaign, application.campaign_id)
    fee = _in_currency("fee", body["fee"], campaign)
    collaborations.accept(session, application, by=actor(), now=at)
    commissions.agree_fee(session, brand, application, fee, by=actor().user_id, now=at)
    return _shown(application)


@blp.route("/applications/<application_id>/reject", methods=["POST"])
@writes
@blp.arguments(RejectIn)
@blp.response(200, ApplicationOut)
def reject(body: dict[str, Any], application_id: str) -> dict[str, Any]:
    """Decline, saying why."""
    application = _application(application_id)
    collaborations.require_brand_side(application, actor(), Scope.WRITE)
    reason, note = _why(body)
    collaborations.reject(
        begin(), application, reason=reason, note=note, by=actor(), now=now()
    )
    return _shown(application)


@blp.route("/applications/<application_id>/withdraw", methods=["POST"])
@writes
@blp.response(200, ApplicationOut)
def withdraw(application_id: str) -> dict[str, Any]:
    """Take one's own request back before it is decided."""
    application = _application(application_id)
    collaborations.require_influencer(application, actor(), Scope.WRITE)
    collaborations.withdraw(begin(), application, by=actor(), now=now())
    return _shown(application)


@blp.route("/applications/<application_id>/end", methods=["POST"])
@writes
@blp.response(200, ApplicationOut)
def end(application_id: str) -> dict[str, Any]:
    """End the contract; either side may. Links go on leading somewhere."""
    application = _application(application_id)
    collaborations.require_party(application, actor(), Scope.WRITE)
    collaborations.end(begin(), application, by=actor(), now=now())
    return _shown(application)


@blp.route("/applications/<application_id>/links", methods=["POST"])
@writes
@blp.arguments(LinkIn)
@blp.response(201, LinkOut)
def add_link(body: dict[str, Any], application_id: str) -> dict[str, Any]:
    """Make a further tracked link under an accepted application."""
    application, session = _application(application_id), begin()
    collaborations.require_influencer(application, actor(), Scope.WRITE)
    channel_id = body.pop("channel_id", None)
    link = collaborations.add_link(
        session, application, channel_id=channel_id, said=body, by=actor(), now=now()
    )
    return links_shown(session, [link])[0]


def _campaign(campaign_id: str) -> Campaign:
    """One the caller may look at."""
    query = campaigns.campaigns_complete().where(
        Campaign.id == campaign_id,
        collaborations.visible(
            brand_ids=actor().brand_ids, influencer_id=actor().influencer_id
        ),
    )
    found = begin().scalar(query)
    if found is None:
        raise NotFound("There is no such campaign, or it is not yours to see.")
    return found


def _application(application_id: str) -> Application:
    found = begin().get(Application, application_id)
    if found is None:
        raise NotFound("There is no such application, or it is not yours.")
    return found


def _shown(application: Application) -> dict[str, Any]:
    return applications_shown(begin(), [application])[0]


def _page(query: dict[str, Any]) -> dict[str, Any]:
    found = collaborations.applications_of(
        brand_ids=actor().brand_ids, influencer_id=actor().influencer_id
    )
    for name in ("status", "campaign_id"):
        if name in query:
            found = found.where(getattr(Application, name) == query[name])
    answer = page(begin(), found, NEWEST, query)
    return answer | {"data": applications_shown(begin(), answer["data"])}


def _in_currency(name: str, money: dict[str, Any], campaign: Campaign) -> int:
    """The amount, if it is in the campaign's currency."""
    if money["currency"] not in (None, campaign.currency):
        reason = f"must be the campaign's, {campaign.currency}"
        raise Invalid({f"{name}.currency": [reason]})
    return int(money["amount"])

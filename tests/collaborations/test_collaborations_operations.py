"""The contract: terms frozen, one code, a link per channel, and what ends it."""

import threading
from datetime import timedelta

import pytest
from factories import (
    START,
    make_brand,
    make_campaign,
    make_channel,
    make_influencer,
)
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import campaigns, collaborations, tracking
from marketplace.accounts.models import Channel, Influencer
from marketplace.accounts.rules import Actor, Platform, Scope
from marketplace.campaigns import Campaign
from marketplace.campaigns.models import CampaignFacet
from marketplace.campaigns.rules import Facet
from marketplace.collaborations import (
    Application,
    ApplicationStatus,
    CampaignNotOpen,
    RejectReason,
    WrongStatus,
)
from marketplace.content.rules import ChannelInUse
from marketplace.database import begin_writing
from marketplace.events import Event
from marketplace.tracking.models import PromoCode

LATER = START + timedelta(days=1)
SOMEBODY = Actor("usr_somebody", None, frozenset(Scope), {}, None)


def apply(session: Session, campaign: Campaign, influencer: Influencer) -> Application:
    return collaborations.apply(session, campaign, influencer, by=None, now=START)


def pair(session: Session) -> tuple[Campaign, Influencer]:
    campaign = make_campaign(session, make_brand(session))
    influencer = make_influencer(session)
    make_channel(session, influencer, handle="zoë", position=1)
    make_channel(session, influencer, platform=Platform.TIKTOK, handle="zo", position=0)
    return campaign, influencer


def test_accepting_freezes_the_terms_of_that_moment(session: Session) -> None:
    campaign, influencer = pair(session)
    application = apply(session, campaign, influencer)
    better = {"commission_bps": 2000}
    campaigns.update(session, campaign, changes={}, terms=better, by=None, now=START)
    collaborations.accept(session, application, by=None, now=LATER)
    worse = {"commission_bps": 1}
    campaigns.update(session, campaign, changes={}, terms=worse, by=None, now=LATER)
    assert application.terms_version == 2
    assert campaign.terms_version == 3
    assert application.accepted_at == LATER
    code = session.scalars(tracking.codes_of([application.id])).one()
    assert code.code == "ZO20"  # named after the first channel, without a discount
    links = session.scalars(tracking.links_of([application.id])).all()
    assert {link.platform for link in links} == {Platform.TIKTOK, Platform.INSTAGRAM}


def test_an_influencer_without_channels_gets_one_link(session: Session) -> None:
    campaign = make_campaign(session, make_brand(session))
    application = apply(session, campaign, make_influencer(session, name="Noor"))
    collaborations.accept(session, application, by=None, now=LATER)
    link = session.scalars(tracking.links_of([application.id])).one()
    assert link.channel_id is None
    code = session.scalars(tracking.codes_of([application.id])).one()
    assert code.code == "NOOR10"


def test_only_channels_the_campaign_asks_for(session: Session) -> None:
    campaign, influencer = pair(session)
    session.add(
        CampaignFacet(campaign_id=campaign.id, kind=Facet.PLATFORM, value="tiktok")
    )
    session.flush()
    application = apply(session, campaign, influencer)
    channels = {channel.id: channel for channel in session.scalars(select(Channel))}
    chosen = [channels[one].platform for one in application.channel_ids]
    assert chosen == [Platform.TIKTOK]


def test_ending_keeps_links_and_disables_the_code(session: Session) -> None:
    campaign, influencer = pair(session)
    application = apply(session, campaign, influencer)
    collaborations.accept(session, application, by=None, now=START)
    collaborations.end(session, application, by=None, now=LATER)
    code = session.scalars(tracking.codes_of([application.id])).one()
    assert (code.status, code.disabled_at) == (tracking.PromoCodeStatus.DISABLED, LATER)
    for link in session.scalars(tracking.links_of([application.id])):
        assert link.ended_at == link.changed_at == LATER
    with pytest.raises(collaborations.ApplicationNotAccepted):
        collaborations.enable_promo_code(session, application, code, by=None, now=LATER)
    with pytest.raises(collaborations.ApplicationNotAccepted):
        collaborations.add_link(session, application, by=None, now=LATER)
    kinds = select(Event.kind).where(Event.subject_id == application.id)
    assert session.scalars(kinds.order_by(Event.at, Event.kind)).all() == [
        "application.accepted",
        "application.submitted",
        "application.ended",
    ]


def test_dates_open_and_close_a_campaign(session: Session) -> None:
    campaign, influencer = pair(session)
    campaign.starts_at, campaign.ends_at = START, LATER
    before = START - timedelta(seconds=1)
    for moment in (before, LATER):
        with pytest.raises(CampaignNotOpen):
            collaborations.apply(session, campaign, influencer, by=None, now=moment)
    assert apply(session, campaign, influencer).status is ApplicationStatus.PENDING


def test_a_rejected_application_stays_rejected(session: Session) -> None:
    campaign, influencer = pair(session)
    application = apply(session, campaign, influencer)
    reason = RejectReason.NOT_THE_RIGHT_FIT
    collaborations.reject(session, application, reason=reason, by=None, now=START)
    with pytest.raises(collaborations.AlreadyApplied):
        apply(session, campaign, influencer)
    for verb in (collaborations.accept, collaborations.withdraw, collaborations.end):
        with pytest.raises(WrongStatus):
            verb(session, application, by=None, now=START)


def test_accepting_a_closed_campaign_is_refused(session: Session) -> None:
    campaign, influencer = pair(session)
    application = apply(session, campaign, influencer)
    campaigns.close(session, campaign, by=None, now=START)
    with pytest.raises(CampaignNotOpen):
        collaborations.accept(session, application, by=None, now=START)


def test_many_of_one_name_accepted_at_once_get_different_codes(
    engine: Engine, session: Session
) -> None:
    """Unique for ever in the brand, whoever is accepted at the same moment."""
    begin_writing(session)
    brand = make_brand(session)
    ids = []
    for _ in range(4):
        campaign, influencer = make_campaign(session, brand), make_influencer(session)
        make_channel(session, influencer, handle="Jo")
        ids.append(apply(session, campaign, influencer).id)
    session.commit()
    barrier = threading.Barrier(len(ids))
    faults: list[Exception] = []

    def accept(application_id: str) -> None:
        with Session(engine) as own:
            barrier.wait()
            try:
                begin_writing(own)
                application = own.get_one(Application, application_id)
                collaborations.accept(own, application, by=None, now=LATER)
                own.commit()
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=accept, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    codes = set(session.scalars(select(PromoCode.code)))
    assert codes == {"JO10", "JO10-2", "JO10-3", "JO10-4"}


def test_a_channel_stays_that_somebody_applies_with_at_the_same_moment(
    engine: Engine, session: Session
) -> None:
    begin_writing(session)
    campaign, influencer = pair(session)
    channel_id = session.scalars(select(Channel.id)).first()
    session.commit()
    answers: list[str] = []

    def remove() -> None:
        with Session(engine) as own:
            begin_writing(own)
            channel = own.get_one(Channel, channel_id)
            try:
                collaborations.remove_channel(own, channel, by=SOMEBODY, now=LATER)
            except ChannelInUse as error:
                answers.append(str(error))
            own.commit()

    begin_writing(session)
    application = apply(session, campaign, influencer)
    session.flush()
    thread = threading.Thread(target=remove)
    thread.start()
    thread.join(0.3)  # by now it waits for this one
    session.commit()
    thread.join(10)
    assert len(answers) == 1
    assert channel_id in application.channel_ids
    assert session.get(Channel, channel_id) is not None

"""Tenants are walls: every route of version 1, walked by everybody it is not for."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from callers import Caller, make_application, register_influencer
from flask import Flask
from flask.testing import FlaskClient
from giveaway_world import announce, tell
from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from marketplace import accounts
from marketplace.accounts.models import Membership, User
from marketplace.accounts.rules import Role
from marketplace.api.fields import Body, MoneyIn, Query, Text
from marketplace.clock import now
from marketplace.fraud import Action, Flag
from marketplace.fraud import Rule as FraudRule
from marketplace.kpis.alerts import raise_alert

# Anybody may call these; what they do is not on somebody's behalf.
PUBLIC = {
    "POST /v1/brands",
    "POST /v1/influencers",
    "POST /v1/tokens",
    "GET /v1/giveaways/<giveaway_id>/draw",
    "GET /v1/kpis",
    "GET /v1/platforms",
}


def routes(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/v1/") and rule.rule != "/v1/openapi.json":
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield method, rule


@pytest.fixture
def world(brand: Caller, influencer: Caller, session: Session) -> dict[str, str]:
    """Something of the brand's for every kind of id a path may name."""
    application = make_application(brand, influencer)
    shop = brand.post(
        "/v1/shops",
        {
            "platform": "generic",
            "name": "Winkel",
            "domain": "wolkje.example",
            "currency": "EUR",
        },
    )
    assert shop.status_code == 201, shop.text
    token = brand.post("/v1/tokens", {}).json["id"]
    host = {"host": "go.wolkje.example"}
    domain = brand.post(f"/v1/brands/{brand.id}/domains", host)
    assert domain.status_code == 201, domain.text
    lead = brand.post("/v1/leads", {"kind": "newsletter", "external_id": "1"})
    assert lead.status_code == 201, lead.text
    point = {"series": "installs", "on": "2026-03-02", "value": 1}
    measured = brand.post("/v1/metrics", point)
    assert measured.status_code == 201, measured.text
    giveaway = announce(brand, application["campaign_id"])
    missing = {"order_number": "1", "bought_on": str(now().date()), "message": "m"}
    named = {"application_id": application["id"], **missing}
    query = influencer.post("/v1/queries", named)
    assert query.status_code == 201, query.text
    told = {"platform": "blog", "published_at": "2026-01-31T09:00:00Z"}
    post = influencer.post("/v1/posts", {"application_id": application["id"], **told})
    assert post.status_code == 201, post.text
    meant = f"/v1/campaigns/{application['campaign_id']}/target-audience"
    audience = brand.call("PUT", meant, json={"countries": ["NL"]})
    assert audience.status_code == 200, audience.text
    return {
        "lead_id": lead.json["id"],
        "point_id": measured.json["data"][0]["id"],
        "giveaway_id": giveaway["id"],
        "entry_id": tell(brand, giveaway, "somebody@x.example")["id"],
        "post_id": post.json["id"],
        "channel_id": influencer.me["channels"][0]["id"],
        "query_id": query.json["id"],
        "brand_id": brand.id,
        "influencer_id": influencer.id,
        "campaign_id": application["campaign_id"],
        "application_id": application["id"],
        "code_id": application["promo_code"]["id"],
        "link_id": application["links"][0]["id"],
        "shop_id": shop.json["id"],
        "token_id": token,
        "domain_id": domain.json["id"],
        "flag_id": make_flag(session, application),
        "goal_id": make_goal(brand, application),
        "alert_id": make_alert(session, application),
    }


def make_flag(session: Session, application: dict[str, Any]) -> str:
    """A flag that holds all the application earns."""
    names = ("brand_id", "campaign_id", "influencer_id")
    flag = Flag(
        **{name: application[name] for name in names},
        application_id=application["id"],
        key="coupon_site",
        rule=FraudRule.COUPON_SITE,
        subject="application",
        action=Action.HOLD,
        first_seen_at=now(),
        last_seen_at=now(),
    )
    session.add(flag)
    session.commit()
    return flag.id


def make_goal(brand: Caller, application: dict[str, Any]) -> str:
    """Ten orders, some day."""
    path = f"/v1/campaigns/{application['campaign_id']}/goals"
    due_at = (now() + timedelta(days=30)).isoformat()
    goal = brand.post(path, {"kpi": "orders", "target": 10, "due_at": due_at})
    assert goal.status_code == 201, goal.text
    made: str = goal.json["id"]
    return made


def make_alert(session: Session, application: dict[str, Any]) -> str:
    """Something fell."""
    whose = {name: application[name] for name in ("brand_id", "campaign_id")}
    alert = raise_alert(session, **whose, kind="drop", evidence={}, now=now())
    assert alert is not None
    session.commit()
    return alert.id


def paths(app: Flask, world: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Method, path with ids of the brand's things, and the rule."""
    for method, rule in routes(app):
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", world.get(name, "xxx_nothing"))
        yield method, path, rule.rule


def test_every_view_says_who_may(app: Flask) -> None:
    found = list(routes(app))
    assert len(found) > 30
    for method, rule in found:
        access = app.view_functions[rule.endpoint].access
        assert (access == "public") == (f"{method} {rule.rule}" in PUBLIC), rule


def test_without_a_token_everything_is_401(
    app: Flask, client: FlaskClient, world: dict[str, str]
) -> None:
    for method, path, rule in paths(app, world):
        if f"{method} {rule}" not in PUBLIC:
            answer = client.open(path, method=method)
            assert answer.status_code == 401, (method, path)


def refused_everywhere(
    app: Flask, caller: Caller, world: dict[str, str], allowed: set[str]
) -> None:
    """Every object of the brand is 403 or 404, whatever is sent along."""
    for method, path, rule in paths(app, world):
        if "<" not in rule or f"{method} {rule}" in allowed:
            continue
        body = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
        answer = caller.call(method, path, **body)
        # A body that cannot be is refused before anybody looks whose it is.
        wrong_body = answer.status_code == 422 and method in ("POST", "PUT")
        assert answer.status_code in (403, 404) or wrong_body, (
            method,
            path,
            answer.status_code,
            answer.text,
        )


# Of an influencer, and of no brand.
ONES_OWN = {"GET /v1/influencers/<influencer_id>/legal-identity"}
# What everybody may: look at what is published, and at a profile as a brand.
OPEN = {
    "GET /v1/campaigns/<campaign_id>",
    "GET /v1/giveaways/<giveaway_id>/draw",
}


def test_another_brand_reaches_nothing(
    app: Flask, outsider: Caller, world: dict[str, str]
) -> None:
    profile = "GET /v1/influencers/<influencer_id>"
    refused_everywhere(app, outsider, world, OPEN | {profile})


def test_another_influencer_reaches_nothing(
    app: Flask, client: FlaskClient, world: dict[str, str]
) -> None:
    other = register_influencer(client, "other@example.com")
    apply = "POST /v1/campaigns/<campaign_id>/applications"
    refused_everywhere(app, other, world, OPEN | {apply})


def test_another_brands_lists_are_empty(
    app: Flask, outsider: Caller, world: dict[str, str]
) -> None:
    ids = set(world.values())
    for method, path, rule in paths(app, world):
        if method == "GET" and "<" not in rule:
            answer = outsider.get(path)
            assert answer.status_code < 500, path
            if path == "/v1/campaigns":
                continue  # what is published is for everybody
            assert not [one for one in ids if one.encode() in answer.data], path


def test_a_viewer_reads_and_changes_nothing(
    app: Flask, client: FlaskClient, session: Session, world: dict[str, str]
) -> None:
    user = User(email="v@x.example", name="V", password_hash="x", created_at=now())
    session.add(user)
    session.flush()
    brand_id = world["brand_id"]
    session.add(Membership(user_id=user.id, brand_id=brand_id, role=Role.VIEWER))
    _, secret = accounts.issue_token(session, user, name="viewer", now=now())
    session.commit()
    viewer = Caller(client, secret, brand_id)
    own = {"POST /v1/tokens", "DELETE /v1/tokens/<token_id>"}
    guarded = {  # account numbers, and what all brands' sellers were paid
        f"{method} {rule.rule}"
        for method, rule in routes(app)
        if app.view_functions[rule.endpoint].access in ("money", "administers")
    }
    for method, path, rule in paths(app, world):
        if f"{method} {rule}" in PUBLIC | own:
            continue
        body: dict[str, Any] = {} if method in ("GET", "DELETE") else {"json": {}}
        answer = viewer.call(method, path, **body)
        if f"{method} {rule}" in guarded:
            assert answer.status_code in (403, 404, 422), (method, path, answer.text)
        elif method == "GET":
            named = "xxx_nothing" in path or f"{method} {rule}" in ONES_OWN
            assert answer.status_code in ((404,) if named else (200, 422)), path
        else:
            assert answer.status_code in (403, 404, 422), (method, path, answer.text)
    left = select(Membership.role).where(Membership.user_id == user.id)
    assert session.scalar(left) is Role.VIEWER


def schemas(of: type[Schema]) -> Iterator[type[Schema]]:
    for schema in of.__subclasses__():
        yield schema
        yield from schemas(schema)


def inner(field: fields.Field[Any]) -> Iterator[fields.Field[Any]]:
    yield field
    for name in ("inner", "key_field", "value_field"):
        further = getattr(field, name, None)
        if further is not None:
            yield from inner(further)


@pytest.mark.usefixtures("app")
def test_all_text_that_comes_in_can_be_stored() -> None:
    """No schema takes marshmallow's own String, which lets NUL and surrogates in."""
    found = [*schemas(Body), *schemas(Query)]
    assert MoneyIn in found
    assert len(found) > 15
    for schema in found:
        for name, field in schema().fields.items():
            for one in inner(field):
                plain = isinstance(one, fields.String) and not isinstance(one, Text)
                bounded = any(hasattr(check, "choices") for check in one.validators)
                assert not plain or bounded, f"{schema.__name__}.{name}"

"""The factories: the only place that sees everything."""

from dataclasses import asdict
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_migrate import Migrate

# Every package with tables, in pipeline order: importing them is what makes the
# metadata complete, for the migrations too.
import marketplace.accounts.legal
import marketplace.accounts.models
import marketplace.api.models
import marketplace.attribution.models
import marketplace.attribution.query_models
import marketplace.campaigns.models
import marketplace.collaborations.models
import marketplace.commissions.models
import marketplace.content.emv_models
import marketplace.content.grant_models
import marketplace.content.models
import marketplace.content.opinions.models
import marketplace.costs.models
import marketplace.currencies.models
import marketplace.events.models
import marketplace.fraud.models
import marketplace.kpis.alert_models
import marketplace.kpis.goal_models
import marketplace.kpis.report_models
import marketplace.kpis.series_models
import marketplace.orders.models
import marketplace.payouts.batch_models
import marketplace.payouts.models
import marketplace.payouts.statement_models
import marketplace.shops.models
import marketplace.tracking.audience_models
import marketplace.tracking.giveaway_models
import marketplace.tracking.models  # noqa: F401
from marketplace import api, clock, currencies, logs
from marketplace.config import Settings
from marketplace.database import MIGRATIONS, db, engine_options, prepare
from marketplace.redirect import in_front, make_redirect
from marketplace.tracking.backlog import backlog


class Sessions(SecureCookieSessionInterface):
    """Flask's own, but that a request without any cookie costs nothing."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """An empty one where there is no cookie."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)


def create_app(settings: Settings | None = None) -> Flask:
    """The Flask application, complete; settings default to the environment's."""
    logs.configure()
    settings = settings or Settings.from_env()
    app = Flask(__name__, instance_path=str(settings.instance))
    app.session_interface = Sessions()
    app.extensions["settings"] = settings
    app.extensions["readiness"] = {}  # name -> what /readyz reports
    app.config.update(
        SECRET_KEY=settings.keyring.key("flask"),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
    )
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    Migrate(app, db, directory=str(MIGRATIONS))
    api.install(app)
    _take_clicks(app, settings)
    app.extensions["readiness"]["rates_until"] = _rates_until
    return app


def _rates_until() -> str | None:
    newest = currencies.rates_until(db.session())
    return None if newest is None else newest.isoformat()


def _take_clicks(app: Flask, settings: Settings) -> None:
    """Put the click path in front of Flask, and let /readyz say how far ingest is.

    `not_written_here`: what the spool did not take from this very process; the spool
    itself, and so the database, hear of it once there is room again.
    """
    redirect = app.extensions["redirect"] = make_redirect(settings)

    def clicks() -> dict[str, Any]:
        spool, node = settings.spool, settings.node_id
        state = backlog(db.session(), spool, node, now=clock.now())
        return {**asdict(state), "not_written_here": redirect.spool.lost}

    front = app.extensions["front"] = in_front(redirect, app.wsgi_app)
    app.wsgi_app = front  # type: ignore[method-assign]
    app.extensions["readiness"]["clicks"] = clicks

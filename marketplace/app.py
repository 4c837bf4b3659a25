"""The factories: the only place that sees everything."""

from dataclasses import asdict
from typing import Any

from flask import Flask
from flask_migrate import Migrate

# Every package with tables, in pipeline order: importing them is what makes the
# metadata complete, for the migrations too.
import marketplace.accounts.models
import marketplace.api.models
import marketplace.attribution.models
import marketplace.campaigns.models
import marketplace.collaborations.models
import marketplace.commissions.models
import marketplace.costs.models
import marketplace.currencies.models
import marketplace.events.models
import marketplace.orders.models
import marketplace.shops.models
import marketplace.tracking.models  # noqa: F401
from marketplace import api, clock
from marketplace.config import Settings
from marketplace.database import MIGRATIONS, db, engine_options, prepare
from marketplace.redirect import in_front, make_redirect
from marketplace.tracking.backlog import backlog


def create_app(settings: Settings | None = None) -> Flask:
    """The Flask application, complete; settings default to the environment's."""
    settings = settings or Settings.from_env()
    app = Flask(__name__, instance_path=str(settings.instance))
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
    return app


def _take_clicks(app: Flask, settings: Settings) -> None:
    """Put the click path in front of Flask, and let /readyz say how far ingest is."""

    def clicks() -> dict[str, Any]:
        spool, node = settings.spool, settings.node_id
        return asdict(backlog(db.session(), spool, node, now=clock.now()))

    app.wsgi_app = in_front(make_redirect(settings), app.wsgi_app)  # type: ignore[method-assign, assignment]
    app.extensions["readiness"]["clicks"] = clicks

"""The HTTP interface for programs: one file per resource = its schemas and its views.

How a resource is written (`brands.py` is a short one to copy):

    blp = Resource("parcels", description="What was sent")        # url prefix /v1

    class ParcelIn(Body):                   # what comes in: unknown fields are refused
        label = Text(required=True, validate=Length(max=100))
        weight = Whole(required=True)       # whole numbers are strict, bounded

    class ParcelOut(Answer):                # what goes out
        id = Text()
        created_at = Moment()

    @blp.route("/parcels", methods=["POST"])
    @writes                                 # directly under route: who may, commit
    @blp.arguments(ParcelIn)                # parses and checks, before anything begins
    @blp.response(201, ParcelOut)
    def create_parcel(body: dict[str, Any]) -> Parcel:
        \"\"\"Make a parcel.\"\"\"
        brand = own_brand(Scope.WRITE)
        return parcels.create(begin(), brand, **body, by=actor(), now=now())

- `frame`: `Resource`; the access decorators `reads`, `writes`, `money`, `tokens` (the
  scope the token needs), `administers` (admins of the instance), `public(limit=...)`,
  and where the view reads its body itself `public(raw=True)` (webhooks) or
  `writes_raw` (uploads); `begin()` gives the session and, in a request that writes,
  begins its one transaction, so do what is slow (argon2) before you call it;
  `actor()` is who asks (`accounts.Actor`); `own_brand(scope, brand_id)` is the brand
  it acts for; `settings()`.
- A view returns an object for its response schema, or a `flask.Response`. Whatever it
  returns is committed before the status is sent; whatever it raises rolls back. Views
  raise refusals of `marketplace.errors` and never answer an error themselves (a
  returned `Response` of 4xx commits: webhooks keep what could not be read).
- Tenants: ask `actor().require_brand(brand_id, scope)` of whatever was found by id: 404
  for a stranger, 403 where the role is too low. Lists start from `actor().brand_ids`.
- `fields`: `Body`, `Query`, `Answer` (bases of schemas), `Text`, `Choice(StrEnum)`,
  `Whole`, `Moment`, `Day`, `Currency`, `MoneyOut`, ... Text refuses NUL and surrogates,
  so never use marshmallow's own String for input.
- `paging`: a list's query schema derives from `PageQuery`; `page(session, select(...),
  sort, query)` gives ``{"data": [...], "next_cursor": ...}``; `page_of(ParcelOut)` is
  the schema of that.
- Path parameters are ids (``<parcel_id>``); anything that cannot be one is 404 before
  the view is called. Unknown query parameters and body fields are 422 everywhere.
- Idempotency-Key, request ids, problems and headers need nothing from a resource.

Then add the module's name to `RESOURCES`.
"""

from importlib import import_module

from flask import Blueprint, Flask

# Modules of this package that have a `blp`; in the order of the documentation.
RESOURCES = (
    "health",
    "metrics",
    "brands",
    "influencers",
    "legal_identities",
    "tokens",
    "me",
    "campaigns",
    "applications",
    "promo_codes",
    "links",
    "landing_pages",
    "domains",
    "shops",
    "shop_access",
    "shoppers",
    "unit_costs",
    "webhooks",
    "webhook_events",
    "orders",
    "attribution_reports",
    "attribution_simulations",
    "leads",
    "queries",
    "commissions",
    "payouts",
    "fundings",
    "payout_accounts",
    "connect_webhooks",
    "flags",
    "fraud_rules",
    "statements",
    "payment_batches",
    "dac7",
    "costs",
    "exchange_rates",
    "emv_rates",
    "audience_sizes",
    "distributions",
    "platforms",
    "posts",
    "post_figures",
    "post_comments",
    "channels",
    "grants",
    "kpis",
    "recommendations",
    "goals",
    "forecasts",
    "alerts",
    "series",
    "hashtags",
    "giveaways",
    "giveaway_entries",
    "giveaway_pages",
    "target_audiences",
    "posting_times",
    "kpi_papers",
    "report_links",
    "report_schedules",
    "report_pages",
    "comment_analysis",
    "watch_words",
    "events",
)


def load() -> list[Blueprint]:
    """Import all resources: before a server forks, which then has them once."""
    return [import_module(f"{__name__}.{name}").blp for name in RESOURCES]


def install(app: Flask) -> None:
    """Give the application its API, pages about it included."""
    from marketplace.api import docs, frame, limits, problems

    problems.install(app)
    limits.install(app)
    api = frame.install(app)
    for blp in load():
        api.register_blueprint(blp)
    docs.install(app)

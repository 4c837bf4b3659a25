"""Which influencer, content and platform caused an order, and why."""

from marketplace.attribution.answering import (
    AttributionFinal,
    accept_by_silence,
    accept_query,
    decline_query,
    forget_messages,
)
from marketplace.attribution.asking import (
    AlreadyAsked,
    AlreadyYours,
    AskedEnough,
    Described,
    NoContract,
    ask_about,
    ask_for_missing,
    withdraw_query,
)
from marketplace.attribution.cells import CellKey, check_cells, rebuild
from marketplace.attribution.conversions import convert_again
from marketplace.attribution.evidence import Keys
from marketplace.attribution.explaining import explained_touches, sentence_of
from marketplace.attribution.late import clicks_beside, concerned
from marketplace.attribution.lead_cells import (
    LeadKey,
    check_lead_cells,
    rebuild_leads,
)
from marketplace.attribution.leads import (
    LEAD_SENTENCES,
    leads_with_clicks,
    settle_lead,
)
from marketplace.attribution.models import (
    Attribution,
    LeadAttribution,
    LeadCell,
    OrderCell,
    Touch,
)
from marketplace.attribution.operations import discard, settle
from marketplace.attribution.queries import (
    orders_credited,
    orders_credited_to,
    orders_to_convert,
    orders_with_clicks,
    orders_with_code,
    own_shares,
)
from marketplace.attribution.query_log import QueryNotFound, QueryNotOpen
from marketplace.attribution.query_matching import (
    accepted_queries,
    conclude_queries,
    match_queries,
    move_queries,
)
from marketplace.attribution.query_models import Query, QueryStep
from marketplace.attribution.query_rules import (
    LONGEST_QUERY_DAYS,
    QUERY_SENTENCES,
    SHORTEST_QUERY_DAYS,
    QueryCredit,
    QueryOutcome,
    QueryStatus,
)
from marketplace.attribution.reasons import SENTENCES, Reason
from marketplace.attribution.rules import Method

__all__ = [
    "LEAD_SENTENCES",
    "LONGEST_QUERY_DAYS",
    "QUERY_SENTENCES",
    "SENTENCES",
    "SHORTEST_QUERY_DAYS",
    "AlreadyAsked",
    "AlreadyYours",
    "AskedEnough",
    "Attribution",
    "AttributionFinal",
    "CellKey",
    "Described",
    "Keys",
    "LeadAttribution",
    "LeadCell",
    "LeadKey",
    "Method",
    "NoContract",
    "OrderCell",
    "Query",
    "QueryCredit",
    "QueryNotFound",
    "QueryNotOpen",
    "QueryOutcome",
    "QueryStatus",
    "QueryStep",
    "Reason",
    "Touch",
    "accept_by_silence",
    "accept_query",
    "accepted_queries",
    "ask_about",
    "ask_for_missing",
    "check_cells",
    "check_lead_cells",
    "clicks_beside",
    "concerned",
    "conclude_queries",
    "convert_again",
    "decline_query",
    "discard",
    "explained_touches",
    "forget_messages",
    "leads_with_clicks",
    "match_queries",
    "move_queries",
    "orders_credited",
    "orders_credited_to",
    "orders_to_convert",
    "orders_with_clicks",
    "orders_with_code",
    "own_shares",
    "rebuild",
    "rebuild_leads",
    "sentence_of",
    "settle",
    "settle_lead",
    "withdraw_query",
]

"""Every night (three o'clock, UTC): what must hold between the ledger and all it follows.

What does not is logged as an error, row by row; `marketplace ledger check` prints it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace import attribution, clock, commissions, content, orders, payouts
from marketplace.content.opinions import cells as opinion_cells
from marketplace.jobs import JobContext
from marketplace.payouts.statement_checks import check_statements
from marketplace.tracking import landing_views, traffic

HOUR = 3  # the job comes by once an hour

# Each says what is wrong, row by row; nothing if all is well.
INVARIANTS: Mapping[str, Callable[[Session], Sequence[object]]] = {
    "orders": orders.check,
    "ledger": commissions.check_ledger,
    "payouts": payouts.check,
    "statements": check_statements,
    "order cells": attribution.check_cells,
    "comment cells": opinion_cells.check,
    "content cells": content.check,
    "lead cells": attribution.check_lead_cells,
    "sales cells": orders.check_sales,
    "traffic cells": traffic.check,
    "landing cells": landing_views.check,
}

log = logging.getLogger(__name__)


def run(context: JobContext) -> int:
    """Look, if it is time; nothing is left to do after it."""
    if clock.now().hour == HOUR:
        for name, rows in violations(context.engine).items():
            for row in rows:
                log.error("the ledger check found in %s: %s", name, row)
    return 0


def violations(engine: Engine) -> dict[str, Sequence[object]]:
    """What each invariant finds, all within one snapshot of the database."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as session:
        return {name: find(session) for name, find in INVARIANTS.items()}

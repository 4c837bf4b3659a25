"""What must hold between statements and payouts; for `marketplace ledger check`."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.payouts.models import Payout
from marketplace.payouts.statement_document import fingerprint
from marketplace.payouts.statement_models import Statement, StatementKind

_SUMS = ("net_amount", "vat_amount", "total_amount")


def check_statements(session: Session) -> list[str]:
    """What is wrong in the statements; nothing, if all is well."""
    wrong: list[str] = []
    last: dict[tuple[str, int], int] = {}
    invoices: set[str] = set()
    rows = session.execute(
        select(Statement, Payout.amount)
        .join(Payout, Payout.id == Statement.payout_id)
        .order_by(Statement.series, Statement.year, Statement.position)
        .execution_options(yield_per=200)
    )
    for one, paid in rows:
        key = (one.series, one.year)
        if one.position != last.get(key, 0) + 1:
            wrong.append(f"statement {one.number} follows no. {last.get(key, 0)}")
        last[key] = one.position
        wrong += _wrong_in(one, paid)
        if one.kind is StatementKind.INVOICE:
            invoices.add(one.id)
        elif one.corrects_id not in invoices:
            wrong.append(f"statement {one.number} corrects none before it")
    return wrong


def _wrong_in(one: Statement, paid: int) -> list[str]:
    wrong = []
    if fingerprint(one.document) != one.sha256:
        wrong.append(f"statement {one.number} was changed")
    if any(one.document[name] != getattr(one, name) for name in _SUMS):
        wrong.append(f"statement {one.number} shows other sums than it is kept with")
    if one.net_amount + one.vat_amount != one.total_amount:
        wrong.append(f"statement {one.number}: net + VAT is not the total")
    due = paid if one.kind is StatementKind.INVOICE else -paid
    if one.total_amount != due:
        wrong.append(
            f"statement {one.number}: {one.total_amount} ≠ {due}, the payout's"
        )
    for name in ("amount", "net_amount"):
        total = "total_amount" if name == "amount" else name
        if sum(line[name] for line in one.document["lines"]) != one.document[total]:
            wrong.append(f"statement {one.number}: its lines' {name} are not its total")
    return wrong

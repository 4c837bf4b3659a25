"""Statements: issued once, numbered without gaps, unchanging, credited when undone."""

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from payout_papers import BRAND, PAID_AT, Papers, make_papers, state
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.commissions import Commission
from marketplace.config import Settings
from marketplace.database import begin_writing
from marketplace.jobs.runner import run_once
from marketplace.payouts.models import Payout
from marketplace.payouts.rules import PayoutMethod, PayoutStatus
from marketplace.payouts.statement_checks import check_statements
from marketplace.payouts.statement_models import Statement, StatementKind
from marketplace.payouts.statements import (
    StatementIncomplete,
    StatementNotIssued,
    issue,
    statement_of,
)

NOW = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def papers(session: Session) -> Papers:
    return make_papers(session)


def test_a_paid_payout_gets_an_invoice_that_adds_up(papers: Papers) -> None:
    session, anna = papers.session, papers.influencer({})
    payout = papers.payout(anna, [5_000, -1_000, 6_000])
    (invoice,) = issue(session, payout, now=NOW)
    session.commit()
    assert (invoice.net_amount, invoice.vat_amount) == (8_264, 1_736)
    assert invoice.total_amount == payout.amount == 10_000
    said = invoice.document
    assert said["rates"] == [
        {
            "rate_bps": 2100,
            "net_amount": 8_264,
            "vat_amount": 1_736,
            "total_amount": 10_000,
        }
    ]
    assert sorted(line["amount"] for line in said["lines"]) == [-1_000, 5_000, 6_000]
    assert sum(line["net_amount"] for line in said["lines"]) == 8_264
    line = said["lines"][0]
    assert (line["rate_bps"], line["terms_version"]) == (1000, 1)
    assert line["campaign"] == "Zomer & zon"
    assert line["order_name"].startswith("#")
    assert said["supplied_from"] <= said["supplied_to"]
    assert said["supplier"]["vat_number"] == "NL123456782B90"
    assert said["customer"]["legal_name"] == "Wolkje Slaapmaskers B.V."
    assert said["language"] == "nl"
    assert invoice.number.endswith("-2026-0001")
    assert invoice.issued_on == date(2026, 4, 2)
    # Nothing of what is sealed is on paper.
    for secret in ("NL39RABO0300065264", "111222333", "1999-02-28"):
        assert secret not in str(said)
    assert issue(session, payout, now=NOW) == []
    assert check_statements(session) == []


@pytest.mark.parametrize(
    ("stated", "of_brand", "treatment", "vat"),
    [
        ({"small_business": True}, {}, "small_business", 0),
        (
            {"is_business": False, "vat_number": None},
            {},
            "not_registered",
            0,
        ),
        (
            {"country": "BE", "vat_number": "BE0403019261", "tax_id": "12345678901"},
            {},
            "reverse_charge",
            0,
        ),
        (
            {"country": "US", "vat_number": None, "tax_id": "12345678901"},
            {},
            "outside",
            0,
        ),
        ({}, {}, "domestic", 1_736),
    ],
)
def test_vat_follows_from_who_the_parties_are(
    session: Session,
    stated: dict[str, object],
    of_brand: dict[str, object],
    treatment: str,
    vat: int,
) -> None:
    papers = make_papers(session, of_brand)
    payout = papers.payout(papers.influencer(stated), [10_000])
    (invoice,) = issue(session, payout, now=NOW)
    assert invoice.vat_treatment == treatment
    assert (invoice.vat_amount, invoice.total_amount) == (vat, 10_000)
    assert invoice.net_amount == 10_000 - vat


def test_it_waits_until_both_have_said_who_they_are(
    papers: Papers, settings: Settings
) -> None:
    session, anna = papers.session, papers.influencer()
    bo = papers.influencer(
        {"country": "BE", "vat_number": "BE0403019261", "tax_id": None}
    )
    waiting, other = papers.payout(anna, [500]), papers.payout(bo, [700])
    with pytest.raises(StatementIncomplete) as refused:
        issue(session, waiting, now=NOW)
    assert refused.value.missing == ["influencer.legal_identity"]
    session.commit()
    # The job lets nobody wait for another.
    assert run_once("issue_statements", settings) == 1
    assert statement_of(session, other, StatementKind.INVOICE).total_amount == 700
    with pytest.raises(StatementIncomplete):
        statement_of(session, waiting, StatementKind.INVOICE)
    # A reverse charge needs the customer's number as well.
    state(session, papers.brand, {**BRAND, "vat_number": None})
    third = papers.payout(bo, [900])
    with pytest.raises(StatementIncomplete, match=r"brand\.vat_number"):
        issue(session, third, now=NOW)


def test_what_was_said_then_stays_said(papers: Papers) -> None:
    session, anna = papers.session, papers.influencer({})
    payout = papers.payout(anna, [1_000])
    (invoice,) = issue(session, payout, now=NOW)
    session.commit()
    before = dict(invoice.document)
    state(session, papers.brand, {**BRAND, "legal_name": "Other B.V."})
    session.commit()
    session.expire_all()
    again = statement_of(session, payout, StatementKind.INVOICE)
    assert again.document == before
    assert check_statements(session) == []
    again.document = {**before, "customer": {"legal_name": "Forged"}}
    session.flush()
    assert check_statements(session) == [f"statement {invoice.number} was changed"]


@pytest.mark.parametrize(
    "ended", [PayoutStatus.REVERSED, PayoutStatus.FAILED, PayoutStatus.CANCELLED]
)
def test_a_payout_undone_is_credited_once(papers: Papers, ended: PayoutStatus) -> None:
    session, anna = papers.session, papers.influencer({}, language="en")
    payout = papers.payout(
        anna,
        [5_000, -1_001],
        method=PayoutMethod.EXTERNAL,
        status=PayoutStatus.AWAITING_CONFIRMATION,
        paid_on=None,
        paid_at=None,
    )
    (invoice,) = issue(session, payout, now=NOW)
    payout.status = ended
    (credit,) = issue(session, payout, now=NOW)
    session.commit()
    assert credit.kind is StatementKind.CREDIT_NOTE
    assert credit.corrects_id == invoice.id
    assert credit.document["corrects"]["number"] == invoice.number
    for name in ("net_amount", "vat_amount", "total_amount"):
        assert getattr(credit, name) == -getattr(invoice, name)
    assert (invoice.position, credit.position) == (1, 2)
    assert issue(session, payout, now=NOW) == []
    assert check_statements(session) == []


def test_a_payout_that_never_was_made_has_none(papers: Papers) -> None:
    session, anna = papers.session, papers.influencer({})
    for status in (PayoutStatus.READY, PayoutStatus.SENDING, PayoutStatus.CANCELLED):
        payout = papers.payout(anna, [1_000], status=status, paid_on=None, paid_at=None)
        assert issue(session, payout, now=NOW) == []
        with pytest.raises(StatementNotIssued):
            statement_of(session, payout, StatementKind.INVOICE)


def test_each_pair_has_a_series_and_each_year_its_numbers(papers: Papers) -> None:
    session = papers.session
    anna, bo = papers.influencer({}), papers.influencer({})
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # 2027 in Amsterdam
    numbers = []
    for who, at in ((anna, NOW), (bo, NOW), (anna, NOW), (anna, new_year)):
        (made,) = issue(session, papers.payout(who, [100]), now=at)
        numbers.append(made.number)
        session.commit()
    series = numbers[0].partition("-")[0]
    assert numbers[2] == f"{series}-2026-0002"
    assert numbers[3] == f"{series}-2027-0001"
    assert not numbers[1].startswith(series)
    assert check_statements(session) == []


def test_no_gaps_under_several_workers(
    papers: Papers, engine: Engine, settings: Settings
) -> None:
    """Some issue what others do too, some roll back: no number is lost or used twice."""
    anna = papers.influencer({})
    ids = [papers.payout(anna, [100 + n]).id for n in range(12)]
    papers.session.rollback()
    errors: list[Exception] = []
    start = threading.Barrier(4)

    def work(number: int) -> None:
        start.wait()
        try:
            for position, payout_id in enumerate(ids):
                with Session(engine, expire_on_commit=False) as own:
                    begin_writing(own)
                    issue(own, own.get_one(Payout, payout_id), now=NOW)
                    if (position + number) % 4 == 0:
                        own.rollback()
                    else:
                        own.commit()
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    job = threading.Thread(
        target=lambda: (start.wait(), run_once("issue_statements", settings))
    )
    for one in (*workers, job):
        one.start()
    for one in (*workers, job):
        one.join()
    assert errors == []
    run_once("issue_statements", settings)
    papers.session.expire_all()
    issued = papers.session.scalars(select(Statement)).all()
    assert sorted(one.position for one in issued) == list(range(1, 13))
    assert {one.payout_id for one in issued} == set(ids)
    assert check_statements(papers.session) == []


def test_a_gap_is_found(papers: Papers) -> None:
    session, anna = papers.session, papers.influencer({})
    first, second = papers.payout(anna, [100]), papers.payout(anna, [200])
    (gone,) = issue(session, first, now=NOW)
    (left,) = issue(session, second, now=NOW)
    session.delete(gone)
    session.flush()
    assert check_statements(session) == [f"statement {left.number} follows no. 0"]


def test_papers_are_on_the_day_it_is_at_the_brand(session: Session) -> None:
    papers = make_papers(session)
    papers.session.get_one(Brand, papers.brand.id).timezone = "Pacific/Auckland"
    payout = papers.payout(papers.influencer({}), [100])
    (made,) = issue(session, payout, now=PAID_AT.replace(hour=20))
    assert made.issued_on == date(2026, 4, 3)


@pytest.mark.parametrize(
    ("inputs", "rate_bps", "flat_amount"),
    [
        ({}, None, None),
        ({"rate_bps": 1000, "amount": None}, 1000, None),
        ({"rate_bps": None, "amount": 500}, None, 500),
        (  # a rule's rate and not the terms'
            {
                "rate_bps": 1000,
                "lines": [
                    {"rate_bps": 1500, "flat_amount": None, "earned": 30},
                    {"rate_bps": 1000, "flat_amount": None, "earned": 0},
                ],
            },
            1500,
            None,
        ),
        (
            {
                "rate_bps": 1000,
                "lines": [
                    {"rate_bps": 1500, "flat_amount": None, "earned": 30},
                    {"rate_bps": None, "flat_amount": 200, "earned": 200},
                ],
            },
            None,
            None,
        ),
    ],
)
def test_a_line_names_the_rate_it_was_earned_at(
    papers: Papers,
    inputs: dict[str, Any],
    rate_bps: int | None,
    flat_amount: int | None,
) -> None:
    session, anna = papers.session, papers.influencer({})
    payout = papers.payout(anna, [1_000])
    session.scalars(select(Commission)).one().inputs = inputs
    (invoice,) = issue(session, payout, now=NOW)
    (line,) = invoice.document["lines"]
    assert (line["rate_bps"], line["flat_amount"]) == (rate_bps, flat_amount)

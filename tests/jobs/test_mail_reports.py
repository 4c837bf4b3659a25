"""Reports by mail, handed to a real SMTP server: each once, however it goes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from callers import CAMPAIGN, Caller, register_brand
from flask import Flask
from mail_server import Post, mail_server
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.jobs import JobContext, mail_reports
from marketplace.kpis.report_models import MailStatus, ReportMail, ReportSchedule


@pytest.fixture
def post() -> Iterator[tuple[Post, str]]:
    with mail_server() as found:
        yield found


@pytest.fixture
def settings(settings: Settings, post: tuple[Post, str]) -> Settings:
    return replace(settings, smtp_url=post[1], mail_from="Wolkje <no@wolkje.example>")


@pytest.fixture
def brand(app: Flask) -> Caller:
    return register_brand(app.test_client(), "owner@wolkje.example")


@pytest.fixture
def context(engine: Engine, settings: Settings) -> JobContext:
    return JobContext(engine, settings)


def schedule(brand: Caller, **over: Any) -> Any:
    body = {
        "every": "day",
        "recipients": ["els@wolkje.example", "Bas@Bureau.example"],
        "formats": ["pdf", "xlsx"],
        "language": "nl",
        **over,
    }
    answer = brand.post("/v1/report-schedules", body)
    assert answer.status_code == 201, answer.text
    return answer.json


def let_pass(engine: Engine, **by: int) -> None:
    """As if all that is due had been due for so long."""
    with Session(engine) as session:
        then = datetime.now(UTC) - timedelta(**by)
        session.execute(update(ReportSchedule).values(next_at=then))
        session.execute(update(ReportMail).values(not_before=then))
        session.commit()


def states(engine: Engine) -> list[tuple[str, int]]:
    with Session(engine) as session:
        rows = session.scalars(select(ReportMail).order_by(ReportMail.recipient))
        return [(row.status.value, row.attempts) for row in rows]


def test_each_gets_it_once(
    context: JobContext, engine: Engine, brand: Caller, post: tuple[Post, str]
) -> None:
    campaign = brand.post("/v1/campaigns", CAMPAIGN).json
    made = schedule(brand, campaign_id=campaign["id"])
    assert mail_reports.run(context) == 0  # not due yet
    let_pass(engine, minutes=1)
    while mail_reports.run(context):
        pass
    mails = post[0].mails
    assert sorted(mail["To"] for mail in mails) == [
        "bas@bureau.example",
        "els@wolkje.example",
    ]
    mail = mails[0]
    assert mail["Subject"].startswith("Zomer & zon: campagnerapport, ")
    assert mail["Message-ID"].endswith("@wolkje.example>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    kinds = [part.get_content_type() for part in mail.iter_attachments()]
    assert kinds[0] == "application/pdf"
    assert kinds[1].endswith("spreadsheetml.sheet")
    pdf = next(iter(mail.iter_attachments()))
    assert pdf.get_content()[:5] == b"%PDF-"
    assert states(engine) == [("sent", 1)] * 2
    listed = brand.get(f"/v1/report-schedules/{made['id']}/mails").json["data"]
    assert {each["status"] for each in listed} == {"sent"}
    let_pass(engine, days=40)  # away for long: one report, not forty
    while mail_reports.run(context):
        pass
    assert len(mails) == 4


def test_refused_and_busy(
    context: JobContext, engine: Engine, brand: Caller, post: tuple[Post, str]
) -> None:
    schedule(brand, formats=["xlsx"])
    post[0].answers = ["550 no such user", "451 come back later"]
    let_pass(engine, minutes=1)
    mail_reports.run(context)
    assert sorted(states(engine)) == [("due", 1), ("failed", 1)]
    assert mail_reports.run(context) == 0  # it waits
    with Session(engine) as session:
        session.execute(
            update(ReportMail).values(not_before=datetime.now(UTC) - timedelta(1))
        )
        session.commit()
    mail_reports.run(context)
    assert sorted(states(engine)) == [("failed", 1), ("sent", 2)]
    assert len(post[0].mails) == 1


def test_killed_after_the_server_took_it(
    context: JobContext,
    engine: Engine,
    brand: Caller,
    post: tuple[Post, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schedule(brand, recipients=["els@wolkje.example"], formats=["xlsx"])
    let_pass(engine, minutes=1)
    with monkeypatch.context() as patched:

        def die(*_: Any, **__: Any) -> None:
            raise SystemExit

        patched.setattr(mail_reports.mails, "record_mail", die)
        with pytest.raises(SystemExit):
            mail_reports.run(context)
    assert states(engine) == [("sending", 1)]
    assert mail_reports.run(context) == 0  # perhaps somebody is still at it
    with Session(engine) as session:
        session.execute(
            update(ReportMail).values(not_before=datetime.now(UTC) - timedelta(1))
        )
        session.commit()
    mail_reports.run(context)
    assert states(engine) == [("sent", 2)]
    first, second = post[0].mails
    assert first["Message-ID"] == second["Message-ID"]


def test_whoever_gets_it_can_stop_it(
    app: Flask,
    context: JobContext,
    engine: Engine,
    brand: Caller,
    post: tuple[Post, str],
) -> None:
    made = schedule(brand, formats=["xlsx"], language="en")
    let_pass(engine, minutes=1)
    mail_reports.run(context)
    mail = next(each for each in post[0].mails if each["To"].startswith("els"))
    url = mail["List-Unsubscribe"].strip("<>")
    path = url.removeprefix("http://127.0.0.1:8000")
    client = app.test_client()
    asked = client.get(path)
    assert asked.status_code == 200
    assert "els@wolkje.example" in asked.text
    assert '<form method="post">' in asked.text
    for wrong in (path[:-1] + ("0" if path[-1] != "0" else "1"), path[:-32] + "é"):
        assert client.post(wrong).status_code == 404

    def recipients() -> list[str]:
        found = brand.get("/v1/report-schedules").json["data"]
        return found[0]["recipients"]  # type: ignore[no-any-return]

    assert len(recipients()) == 2  # asking changed nothing
    for _ in range(2):
        assert client.post(path).status_code == 200
    assert recipients() == ["bas@bureau.example"]
    let_pass(engine, days=2)
    mail_reports.run(context)
    assert [each["To"] for each in post[0].mails[2:]] == ["bas@bureau.example"]
    assert brand.delete(f"/v1/report-schedules/{made['id']}").status_code == 204
    found = brand.get("/v1/report-schedules").json["data"]
    assert found[0]["next_at"] is None


def test_refused_schedules(brand: Caller) -> None:
    many = [f"p{n}@example.com" for n in range(11)]
    for body, name in (
        ({"recipients": []}, "recipients"),
        ({"recipients": many}, "recipients"),
        ({"recipients": ["x"]}, "recipients.0"),
        ({"formats": ["docx"]}, "formats"),
        ({"hour": 24}, "hour"),
        ({"from": "2026-01-01"}, "from"),
    ):
        answer = brand.post(
            "/v1/report-schedules",
            {"every": "day", "recipients": ["a@b.example"], **body},
        )
        assert answer.status_code == 422, body
        assert name in answer.json["errors"]


def test_no_mail_is_lost_with_its_server(
    settings: Settings, engine: Engine, brand: Caller
) -> None:
    schedule(brand, recipients=["els@wolkje.example"], formats=["xlsx"])
    let_pass(engine, minutes=1)
    nobody = replace(settings, smtp_url="smtp://127.0.0.1:9")
    mail_reports.run(JobContext(engine, nobody))
    with Session(engine) as session:
        mail = session.scalars(select(ReportMail)).one()
        assert (mail.status, mail.error) == (MailStatus.DUE, "ConnectionRefusedError")

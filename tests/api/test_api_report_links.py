"""Reports for others: by links that expire, and by mails that can be stopped."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from callers import CAMPAIGN, Caller
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from marketplace.kpis.report_models import ReportLink


def ahead(**by: int) -> str:
    return (datetime.now(UTC) + timedelta(**by)).isoformat()


@pytest.fixture
def campaign(brand: Caller) -> Any:
    return brand.post("/v1/campaigns", CAMPAIGN).json


def make_link(brand: Caller, **body: Any) -> Any:
    answer = brand.post("/v1/report-links", {"expires_at": ahead(days=7), **body})
    assert answer.status_code == 201, answer.text
    return answer.json


def path_of(link: Any) -> str:
    path: str = link["url"].removeprefix("http://127.0.0.1:8000")
    return path


def test_anybody_reads_it_until_it_expires(
    client: FlaskClient, session: Session, brand: Caller, campaign: Any
) -> None:
    link = make_link(brand, campaign_id=campaign["id"], language="nl")
    page = client.get(path_of(link))
    assert page.status_code == 200
    assert "Campagnerapport" in page.text
    assert "Zomer &amp; zon" in page.text
    assert "Nettowinst" not in page.text  # what was spent is the brand's affair
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"].startswith("noindex")
    assert "Campaign report" in client.get(path_of(link) + "?language=en").text
    expired = update(ReportLink).values(expires_at=datetime.now(UTC))
    session.execute(expired)
    session.commit()
    gone = client.get(path_of(link))
    assert gone.status_code == 404
    assert "html" in gone.content_type


def test_files(client: FlaskClient, brand: Caller, campaign: Any) -> None:
    link = make_link(brand, campaign_id=campaign["id"], kpis=["clicks", "cost"])
    pdf = client.get(path_of(link) + "?format=pdf")
    assert (pdf.status_code, pdf.data[:5]) == (200, b"%PDF-")
    assert "zomer-zon" in pdf.headers["Content-Disposition"]
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(path_of(link) + "?format=xlsx").data)
    )
    ids = [row[0].value for row in book["KPI"].iter_rows(min_row=6)]
    assert ids == ["clicks", "cost"]  # the brand chose so


def test_withdrawn(client: FlaskClient, brand: Caller, outsider: Caller) -> None:
    link = make_link(brand)  # of all campaigns
    assert "Report of all campaigns" in client.get(path_of(link)).text
    assert outsider.delete(f"/v1/report-links/{link['id']}").status_code == 404
    assert client.get(path_of(link)).status_code == 200
    for _ in range(2):
        assert brand.delete(f"/v1/report-links/{link['id']}").status_code == 204
    assert client.get(path_of(link)).status_code == 404
    listed = brand.get("/v1/report-links").json["data"]
    assert [each["id"] for each in listed] == [link["id"]]
    assert "url" not in listed[0]
    assert outsider.get("/v1/report-links").json["data"] == []


def test_guessing(client: FlaskClient, brand: Caller) -> None:
    link = make_link(brand)
    for path in (f"/reports/{link['id']}", path_of(link)[:-1], "/reports/x"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, {"expires_at"}),
        ({"expires_at": ahead(days=400)}, {"expires_at"}),
        ({"kpis": ["clicks", "nonsense"]}, {"kpis"}),
        ({"kpis": [], "language": "xx"}, {"kpis", "language"}),
        ({"language": "xx", "last_days": 5000}, {"language", "last_days"}),
        ({"from": "2026-02-01", "to": "2026-01-01"}, {"from"}),
        ({"last_days": 3, "from": "2026-02-01"}, {"last_days"}),
    ],
)
def test_refusals(brand: Caller, body: dict[str, Any], fields: set[str]) -> None:
    answer = brand.post("/v1/report-links", {"expires_at": ahead(days=7), **body})
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == fields


def test_papers_are_the_callers_own(
    brand: Caller, outsider: Caller, influencer: Caller, campaign: Any
) -> None:
    for kind, magic in (("pdf", b"%PDF-"), ("xlsx", b"PK\x03\x04")):
        path = f"/v1/campaigns/{campaign['id']}/kpis.{kind}?language=nl"
        answer = brand.get(path)
        assert (answer.status_code, answer.data[: len(magic)]) == (200, magic)
        assert outsider.get(path).status_code == 404
        assert influencer.get(path).status_code == 404
        assert influencer.get(f"/v1/kpis/report.{kind}").status_code == 200
        assert brand.get(path + "&kpis=nonsense").status_code == 422
    german = f"/v1/campaigns/{campaign['id']}/kpis.pdf?language=de"
    assert brand.get(german).status_code == 422


def test_no_mails_without_a_mail_server(brand: Caller) -> None:
    body = {"every": "week", "recipients": ["els@wolkje.example"]}
    answer = brand.post("/v1/report-schedules", body)
    assert answer.status_code == 409
    assert "SMTP_URL" in answer.json["detail"]

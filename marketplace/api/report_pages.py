"""/reports/…: pages for whoever has a link to a report, or gets one by mail."""

import hmac
import re

from flask import Response, request

from marketplace.api.downloads import PDF
from marketplace.api.frame import Resource, begin, public, settings
from marketplace.clock import now
from marketplace.kpis import papers, report_links, report_mails
from marketplace.kpis.papers import LANGUAGES, Document, word
from marketplace.kpis.papers.letters import XLSX
from marketplace.kpis.report_models import ReportLink, ReportMail, ReportSchedule
from marketplace.tracking.backlog import ingested_until

blp = Resource("report_pages", description="Reports for others", url_prefix="")

_NOT_A_NAME = re.compile(r"[^A-Za-z0-9]+")


@blp.route("/reports/<secret>")
@public(raw=True, limit="60 per minute")
@blp.doc(
    description="`?format=pdf` or `xlsx` for a file, `?language=nl` or `en`; else HTML."
)
@blp.response(200, {"type": "string"}, content_type="text/html")
def read_report(secret: str) -> Response:
    """The report behind a link, as it is now."""
    session, at = begin(), now()
    link = report_links.link_behind(session, secret, now=at)
    if link is None:
        language = _language("en")
        gone = papers.as_message(
            language, word("gone_title", language), word("gone", language)
        )
        return _html(gone, 404)
    told = settings()
    document = report_links.read_link(
        session,
        link,
        language=_language(link.language),
        clicks_until=ingested_until(session, told.spool, told.node_id, now=at),
        now=at,
    )
    return _answer(document, link)


def _answer(document: Document, link: ReportLink) -> Response:
    wanted = request.args.get("format", "")
    title = _NOT_A_NAME.sub("-", document.title).strip("-").lower() or "report"
    name = f"{title[:60]}-{document.made.window.start}"
    if wanted == "pdf":
        return _file(papers.as_pdf(document), f"{name}.pdf", PDF)
    if wanted == "xlsx":
        return _file(papers.as_xlsx(document), f"{name}.xlsx", XLSX)
    return _html(papers.as_page(document, expires_at=link.expires_at), 200)


@blp.route("/reports/mails/<mail_id>/<key>")
@public(raw=True, limit="60 per minute")
@blp.response(200, {"type": "string"}, content_type="text/html")
def ask_to_stop(mail_id: str, key: str) -> Response:
    """Ask whoever follows the link in a mail whether to stop them; changes nothing."""
    mail = _mail(mail_id, key)
    if mail is None:
        return _no_mail()
    language, text = _stopping(mail)
    return _html(
        papers.as_message(
            language, word("stop_title", language), text, word("mail_stop", language)
        ),
        200,
    )


@blp.route("/reports/mails/<mail_id>/<key>", methods=["POST"])
@public(raw=True, limit="60 per minute")
@blp.response(200, {"type": "string"}, content_type="text/html")
def stop_mails(mail_id: str, key: str) -> Response:
    """Send whoever got that mail no more of them (also at a mail program's one click)."""
    mail = _mail(mail_id, key)
    if mail is None:
        return _no_mail()
    report_mails.stop_for(begin(), mail, now=now())
    language, text = _stopping(mail)
    return _html(
        papers.as_message(language, word("stopped_title", language), text), 200
    )


def _stopping(mail: ReportMail) -> tuple[str, str]:
    schedule = begin().get_one(ReportSchedule, mail.schedule_id)
    language = _language(schedule.language)
    title = report_mails.title_of(begin(), schedule)
    text = word("stop_text", language).format(recipient=mail.recipient, title=title)
    return language, text


def _mail(mail_id: str, key: str) -> ReportMail | None:
    mail = begin().get(ReportMail, mail_id)
    if mail is None:
        return None
    right = report_mails.stop_key(settings().keyring, mail)
    return mail if hmac.compare_digest(right.encode(), key.encode()) else None


def _no_mail() -> Response:
    language = _language("en")
    text = word("gone", language)
    return _html(papers.as_message(language, word("gone_title", language), text), 404)


def _language(usual: str) -> str:
    asked = request.args.get("language", "")
    return asked if asked in LANGUAGES else usual


def _html(text: str, status: int) -> Response:
    return Response(
        text,
        status,
        content_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": papers.page_policy(),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex, nofollow",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _file(content: bytes, name: str, content_type: str) -> Response:
    return Response(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex, nofollow",
        },
    )

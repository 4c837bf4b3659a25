"""A year's DAC7 report as CSV, and as XML of the OECD's DPI schema 1.0."""

import hashlib
import xml.etree.ElementTree as ET
from datetime import datetime

from marketplace.money import round_half_even, to_decimal
from marketplace.payouts.csv_text import as_csv, one_line
from marketplace.payouts.dac7 import Party, Quarter, Report, Seller


def as_dac7_csv(report: Report) -> str:
    """A line per seller; amounts in euros with a decimal point."""
    header = [
        *("influencer_id", "kind", "name", "street", "postal_code", "city", "country"),
        *("tax_id", "tax_id_country", "vat_number", "business_registration"),
        *("birth_date", "account", "account_holder", "activity"),
    ]
    for number in (1, 2, 3, 4):
        header += [
            f"q{number}_{what}"
            for what in ("consideration", "activities", "fees", "taxes")
        ]
    return as_csv(header, [_row(seller) for seller in report.sellers])


def as_warnings_csv(report: Report) -> str:
    """A line for everything that is missing or was left out."""
    return as_csv(("influencer_id", "warning"), report.warnings)


def _row(seller: Seller) -> list[object]:
    party = seller.party
    row: list[object] = [
        *(party.id, "entity" if party.is_entity else "individual", party.name),
        *(_street(party), party.postal_code, party.city, party.country),
        *(party.tax_id, party.country if party.tax_id else None, party.vat_number),
        *(party.chamber_number, party.birth_date, party.iban, party.account_holder),
        "personal services",
    ]
    for quarter in seller.quarters:
        row += [to_decimal(quarter.consideration, "EUR"), quarter.activities]
        row += [to_decimal(quarter.fees, "EUR"), to_decimal(quarter.taxes, "EUR")]
    return row


def as_dac7_xml(report: Report, operator: Party, *, made_at: datetime) -> bytes:
    """New data (DPI401), or the message that there is none (DPI403).

    Sellers whom the schema cannot describe (`left_out_of_xml`) are not in it.
    """
    told = [seller for seller in report.sellers if not left_out_of_xml(seller.party)]
    root = ET.Element(
        "dpi:DPI_OECD",
        {
            "version": "1.0",
            "xmlns:dpi": "urn:oecd:ties:dpi:v1",
            "xmlns:stf": "urn:oecd:ties:dpistf:v1",
        },
    )
    mark = _mark(report, operator)
    header = ET.SubElement(root, "dpi:MessageSpec")
    _text(header, "dpi:SendingEntityIN", operator.tax_id or "")
    _text(header, "dpi:TransmittingCountry", operator.country)
    _text(header, "dpi:ReceivingCountry", operator.country)
    _text(header, "dpi:MessageType", "DPI")
    start = f"{operator.country}{report.year}{operator.country}"
    _text(header, "dpi:MessageRefId", f"{start}-{mark}")
    _text(header, "dpi:MessageTypeIndic", "DPI401" if told else "DPI403")
    _text(header, "dpi:ReportingPeriod", f"{report.year}-12-31")
    _text(header, "dpi:Timestamp", made_at.strftime("%Y-%m-%dT%H:%M:%S"))
    body = ET.SubElement(root, "dpi:DPIBody")
    _operator(body, operator, f"{start}-{mark}")
    for seller in told:
        _seller(body, seller, f"{start}-{mark}-{seller.party.id}")
    made: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return made


def left_out_of_xml(party: Party) -> str | None:
    """Why the schema cannot describe this seller; null if it can."""
    if not one_line(party.city):
        return "no address"
    if not party.is_entity and party.birth_date is None:
        return "no date of birth"
    return None if one_line(party.name) else "no name"


def _mark(report: Report, operator: Party) -> str:
    """The same for the same report, so that one sent twice is known for one."""
    said = repr((report.year, operator, report.sellers))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def _operator(body: ET.Element, operator: Party, reference: str) -> None:
    node = ET.SubElement(body, "dpi:PlatformOperator")
    _organisation(node, operator, "OECD304", business_name=operator.name)
    _text(node, "dpi:Nexus", "RPONEX1")
    _text(node, "dpi:AssumedReporting", "false")
    _doc_spec(node, reference)


def _seller(body: ET.Element, seller: Seller, reference: str) -> None:
    node = ET.SubElement(body, "dpi:ReportableSeller")
    party = seller.party
    identity = ET.SubElement(node, "dpi:Identity")
    kind = "dpi:EntitySeller" if party.is_entity else "dpi:IndividualSeller"
    standard = ET.SubElement(ET.SubElement(identity, kind), "dpi:Standard")
    if party.is_entity:
        _organisation(ET.SubElement(standard, "dpi:EntSellerID"), party, "OECD303")
    else:
        _person(ET.SubElement(standard, "dpi:IndSellerID"), party)
    if party.iban:
        account = ET.SubElement(standard, "dpi:FinancialIdentifier")
        number = _text(account, "dpi:Identifier", party.iban)
        number.set("AccountNumberType", "IBAN")
        if party.account_holder and party.account_holder != party.name:
            _text(account, "dpi:AccountHolderName", party.account_holder)
    activities = ET.SubElement(node, "dpi:RelevantActivities")
    _services(ET.SubElement(activities, "dpi:PersonalServices"), seller.quarters)
    _doc_spec(node, reference)


def _organisation(
    node: ET.Element, party: Party, address: str, *, business_name: str | None = None
) -> None:
    _text(node, "dpi:ResCountryCode", party.country)
    _tin(node, party)
    if party.chamber_number:
        number = _text(node, "dpi:IN", party.chamber_number)
        number.set("issuedBy", party.country)
        number.set("INType", "BRN")
    if party.vat_number:
        _text(node, "dpi:VAT", party.vat_number)
    _text(node, "dpi:Name", party.name)
    if business_name:
        _text(node, "dpi:PlatformBusinessName", business_name)
    _address(node, party, address)


def _person(node: ET.Element, party: Party) -> None:
    _text(node, "dpi:ResCountryCode", party.country)
    _tin(node, party)
    if party.vat_number:
        _text(node, "dpi:VAT", party.vat_number)
    # Stated as one name: the first word is taken for the first name; NFN: there is none.
    first, _, last = one_line(party.name).partition(" ")
    name = ET.SubElement(node, "dpi:Name")
    _text(name, "dpi:FirstName", first if last else "NFN")
    _text(name, "dpi:LastName", last or first)
    _address(node, party, "OECD301")
    assert party.birth_date is not None
    born = ET.SubElement(node, "dpi:BirthInfo")
    _text(born, "dpi:BirthDate", party.birth_date.isoformat())


def _tin(node: ET.Element, party: Party) -> None:
    number = _text(node, "dpi:TIN", party.tax_id or "NOTIN")
    if party.tax_id:
        number.set("issuedBy", party.country)
    else:
        number.set("unknown", "true")


def _address(node: ET.Element, party: Party, kind: str) -> None:
    address = ET.SubElement(node, "dpi:Address", legalAddressType=kind)
    _text(address, "dpi:CountryCode", party.country)
    parts = ET.SubElement(address, "dpi:AddressFix")
    for name, text in (
        ("dpi:Street", _street(party)),
        ("dpi:PostCode", party.postal_code),
        ("dpi:City", party.city),
    ):
        if one_line(text):
            _text(parts, name, text)


def _street(party: Party) -> str:
    return ", ".join(part for part in (party.line1, party.line2) if part)


def _services(
    node: ET.Element, quarters: tuple[Quarter, Quarter, Quarter, Quarter]
) -> None:
    for name, short, what in (
        ("dpi:Consideration", "dpi:ConsQ", "consideration"),
        ("dpi:NumberOfActivities", "dpi:NumbQ", "activities"),
        ("dpi:Fees", "dpi:FeesQ", "fees"),
        ("dpi:Taxes", "dpi:TaxQ", "taxes"),
    ):
        group = ET.SubElement(node, name)
        for number, quarter in enumerate(quarters, start=1):
            value = getattr(quarter, what)
            if what == "activities":
                _text(group, f"{short}{number}", str(value))
                continue
            # The schema wants whole euros.
            euros = round_half_even(to_decimal(value, "EUR"))
            _text(group, f"{short}{number}", str(euros)).set("currCode", "EUR")


def _doc_spec(node: ET.Element, reference: str) -> None:
    spec = ET.SubElement(node, "dpi:DocSpec")
    _text(spec, "stf:DocTypeIndic", "OECD1")
    _text(spec, "stf:DocRefId", reference)


def _text(node: ET.Element, name: str, text: str) -> ET.Element:
    child = ET.SubElement(node, name)
    child.text = one_line(text)[:200]
    return child

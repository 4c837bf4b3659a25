"""LinkedIn's numbers for job functions and seniorities, by the names it gives them.

Industries, countries and places have thousands of numbers: those stay as they are.
"""

from marketplace.content.rules import DistributionKind

_FUNCTIONS = (
    "accounting",
    "administrative",
    "arts_and_design",
    "business_development",
    "community_and_social_services",
    "consulting",
    "education",
    "engineering",
    "entrepreneurship",
    "finance",
    "healthcare_services",
    "human_resources",
    "information_technology",
    "legal",
    "marketing",
    "media_and_communication",
    "military_and_protective_services",
    "operations",
    "product_management",
    "program_and_project_management",
    "purchasing",
    "quality_assurance",
    "real_estate",
    "research",
    "sales",
    "customer_success_and_support",
)
_SENIORITIES = (
    "unpaid",
    "training",
    "entry",
    "senior",
    "manager",
    "director",
    "vp",
    "cxo",
    "partner",
    "owner",
)
_NAMES = {
    DistributionKind.FUNCTION: ("urn:li:function:", _FUNCTIONS),
    DistributionKind.SENIORITY: ("urn:li:seniority:", _SENIORITIES),
}


def named(kind: DistributionKind, urn: str) -> str:
    """``urn:li:function:15`` as ``marketing``; what has no name here, as it is."""
    prefix, names = _NAMES.get(kind, ("", ()))
    number = urn.removeprefix(prefix)
    if prefix and number != urn and number.isascii() and number.isdigit():
        place = int(number[:6])
        if 1 <= place <= len(names):
            return names[place - 1]
    return urn

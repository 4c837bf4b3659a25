"""The pinned requirements: resolved on one Python, they must do on every other."""

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", re.MULTILINE)


def needed(
    requirement: Requirement, environment: dict[str, str], found: set[str]
) -> None:
    """Add all that it needs there, as the packages installed here say it."""
    name = canonicalize_name(requirement.name)
    for extra in ("", *requirement.extras):
        key = f"{name}[{extra}]"
        if key in found:
            continue
        found.add(key)
        for text in metadata.distribution(name).requires or ():
            each = Requirement(text)
            told = {**environment, "extra": extra}
            if each.marker is None or each.marker.evaluate(told):
                try:
                    needed(each, environment, found)
                except metadata.PackageNotFoundError:
                    found.add(f"{canonicalize_name(each.name)}[]")


@pytest.mark.parametrize("python", ["3.11.0", "3.11.9", "3.12.3", "3.13.0"])
@pytest.mark.parametrize(
    ("file", "extras"),
    [("requirements.txt", "redis"), ("requirements-dev.txt", "redis,dev")],
)
def test_what_is_pinned_is_all_that_any_python_needs(
    python: str, file: str, extras: str
) -> None:
    version = python.rpartition(".")[0]
    said = {"python_version": version, "python_full_version": python}
    environment = {key: str(value) for key, value in default_environment().items()}
    found: set[str] = set()
    needed(Requirement(f"marketplace[{extras}]"), {**environment, **said}, found)
    pinned = {
        canonicalize_name(name) for name in PINNED.findall((ROOT / file).read_text())
    }
    wanted = {each.partition("[")[0] for each in found} - {"marketplace"}
    assert len(wanted) > 60
    assert wanted - pinned == set()

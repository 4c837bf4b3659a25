"""The commands read the test's own instance from the environment."""

import pytest

from marketplace.config import Settings


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands read the test's own instance from the environment."""
    monkeypatch.setenv("INSTANCE", str(settings.instance))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key.decode())
    monkeypatch.delenv("MARKETPLACE_PARENT", raising=False)

"""An empty home for each test of the settings."""

from pathlib import Path

import pytest

from tests.settings.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with nothing in it."""
    return Home(tmp_path)

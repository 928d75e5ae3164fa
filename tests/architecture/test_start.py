"""What the server loads before it answers for the first time."""

from __future__ import annotations

import subprocess
import sys

import pytest

FOR_FEW = ("authlib", "joserfc")
"""Libraries of ways to sign in that most houses never use."""
START = """
import sys
import gridhall.config.asgi
import gridhall.config.urls
print(*sys.modules, sep="\\n")
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that a server has loaded when all its addresses are known."""
    paths = f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r}\n"
    done = subprocess.run([sys.executable, "-c", paths + START], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", FOR_FEW)
def test_a_start_loads_nothing_that_few_use(loaded: set[str], name: str) -> None:
    assert "gridhall.interfaces.console.views.oidc" in loaded
    assert not [module for module in loaded if module.partition(".")[0] == name]

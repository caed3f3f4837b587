"""The Chromium that browser tests drive: found on the machine, or installed; never skipped.

python -m tools.browser    (prints where it is)
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.packages import Missing, install

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The DejaVu fonts hold every Vietnamese letter; a bare server has no font at all.
_PACKAGES = ("chromium", "fonts-dejavu-core")

# Nothing but the pages under test: no services of the browser's maker, no first-run pages, no GPU on a server.
QUIET_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
)


def executable() -> Path:
    """Return the path of Chromium, installing it if there is none."""
    found = _find()
    if found is None:
        install(_PACKAGES, "Chromium, which the browser tests drive,")
        found = _find()
    if found is None:
        raise Missing("Chromium is still not found after its installation: put it on the PATH as chromium.")
    return found


def _find() -> Path | None:
    """Look on the PATH, then among the browsers that Playwright has downloaded, the newest first."""
    for name in _NAMES:
        place = shutil.which(name)
        if place is not None:
            return Path(place)
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    return max(downloads.glob("chromium-*/chrome-linux*/chrome"), default=None)


def flags() -> list[str]:
    """Return the command-line flags; as root (containers) Chromium refuses to start with its sandbox."""
    return [*QUIET_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*QUIET_FLAGS]


if __name__ == "__main__":
    print(executable())

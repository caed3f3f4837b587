"""The LibreOffice that tests save workbooks with: found on the machine, or installed; never skipped.

python -m tools.libreoffice    (prints where it is)
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.packages import Missing, install

_NAMES = ("soffice", "libreoffice")
_PACKAGES = ("libreoffice-calc-nogui",)
#: The first start makes a profile; a busy machine takes its time.
_SECONDS = 180


def executable() -> Path:
    """Return the path of LibreOffice, installing its spreadsheet if there is none."""
    found = _find()
    if found is None:
        install(_PACKAGES, "LibreOffice Calc, which the workbook tests save files with,")
        found = _find()
    if found is None:
        raise Missing("LibreOffice is still not found after its installation: put it on the PATH as soffice.")
    return found


def _find() -> Path | None:
    for name in _NAMES:
        place = shutil.which(name)
        if place is not None:
            return Path(place)
    return None


def convert(files: list[Path], kind: str, folder: Path) -> list[Path]:
    """Open files and save them as another kind ("xlsx", "ods") in a folder: one start for all of them.

    Each start has a profile of its own, so that several tests may convert at once. Raises ``RuntimeError``.
    """
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [
                str(executable()), f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore",
                "--convert-to", kind, "--outdir", str(folder), *map(str, files),
            ],
            capture_output=True, text=True, check=False, timeout=_SECONDS,
        )  # fmt: skip
    made = [folder / f"{file.stem}.{kind}" for file in files]
    if done.returncode != 0 or not all(file.exists() for file in made):
        raise RuntimeError(f"LibreOffice did not convert: {done.stdout}{done.stderr}")
    return made


if __name__ == "__main__":
    print(executable())

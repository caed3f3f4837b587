"""Poppler's programs, which read PDF files back in tests: found on the machine, or installed; never skipped.

python -m tools.poppler    (prints where they are)
"""

from __future__ import annotations

import shutil
import subprocess

from tools.packages import Missing, install

PROGRAMS = ("pdftotext", "pdfinfo", "pdffonts")


def executable(name: str) -> str:
    """Return the path of one of ``PROGRAMS``, installing them if it is absent."""
    found = shutil.which(name)
    if found is None:
        install(("poppler-utils",), "Poppler, which the tests read PDF files with,")
        found = shutil.which(name)
    if found is None:
        raise Missing(f"{name} is still not found after its installation: put Poppler's programs on the PATH.")
    return found


def read(name: str, pdf: bytes, *options: str) -> str:
    """Give a PDF file to a program and return what it prints; what it says of the file's finer points is passed over."""
    done = subprocess.run(
        [executable(name), *options, "-", *(["-"] if name == "pdftotext" else [])],
        input=pdf,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    for program in PROGRAMS:
        print(executable(program))

"""Installs Debian packages that tests need, or says clearly what a person has to install."""

from __future__ import annotations

import os
import shutil
import subprocess


class Missing(SystemExit):
    """A program that tests need is absent and cannot be installed from here; the text says what to do."""


def install(packages: tuple[str, ...], purpose: str) -> None:
    """Install ``packages`` with apt-get, as root or with a password-less sudo.

    Raises ``Missing`` with the command to type when that is not possible: tests are never skipped for want of a program.
    """
    command = f"apt-get install -y {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise Missing(f"{purpose} is missing. Install it with your system's package manager (on Debian: {command}).")
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if as_root and shutil.which("sudo") is None:
        raise Missing(f"{purpose} is missing. Ask an administrator to run: {command}")
    print(f"{purpose} is missing: running {command}", flush=True)
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    for step in (["update", "-qq"], ["install", "-y", "-qq", *packages]):
        done = subprocess.run([*as_root, *environment, "apt-get", *step], stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise Missing(f"{purpose} could not be installed. Run as an administrator: apt-get update && {command}")

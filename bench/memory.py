"""The memory of a fresh worker that has served each page three times: ``python -m bench.memory SIDE URL LOGIN ADDRESS…``.

A process of its own for each side, which imports nothing of the other.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

TIMES = 3


def of_worker(side: str, url: str, login: str, addresses: Sequence[str]) -> int:
    """Return its resident memory in KiB."""
    command = [sys.executable, "-m", "bench.memory", side, url, login, *addresses]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _resident() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def main(side: str, url: str, login: str, *addresses: str) -> None:
    """Serve the addresses to one person and print the memory."""
    with tempfile.TemporaryDirectory() as folder:
        if side == "bare":
            from bench.bare import create_bare

            client = create_bare(url).app.test_client()
            client.get(login)
        else:
            from bench.browser import product, sign_in

            client = sign_in(product(url, Path(folder)), login)
        for address in addresses * TIMES:
            answer = client.get(address)
            answer.get_data()
            if answer.status_code != 200:
                raise RuntimeError(f"{address}: {answer.status}")
        print(_resident())


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Where a page may lead back to: a plain path of this site, nothing else."""

from __future__ import annotations


def is_own_path(target: str) -> bool:
    """Tell whether a target from outside is a path of this site.

    It begins with one slash, and holds neither blanks, controls, backslashes nor marks that nobody sees: browsers drop or turn
    those, and what is left may name another host.
    """
    return (
        target.startswith("/")
        and not target.startswith("//")
        and all(char.isprintable() and char not in " \\" for char in target)
    )

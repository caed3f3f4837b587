"""Access of persons through its life (Điều 9.1): suspended, resumed, ended, renamed, restricted, extended; each act with its reason."""

from services.access.life import again, refuse_own, rename, resume, set_days, suspend, with_reason
from services.access.limits import lift, restrict
from services.access.posts import add_post, check_post, end_post, keep_begun, keep_held, stays

__all__ = [
    "add_post",
    "again",
    "check_post",
    "end_post",
    "keep_begun",
    "keep_held",
    "lift",
    "refuse_own",
    "rename",
    "restrict",
    "resume",
    "set_days",
    "stays",
    "suspend",
    "with_reason",
]

"""Access of persons through its life (Điều 9.1): suspended, resumed, ended, renamed, restricted, extended; each act with its reason."""

from services.access.guard import refuse_governing, refuse_lent, refuse_own, why_not, why_not_lent
from services.access.life import Stale, again, rename, resume, set_days, suspend, with_reason
from services.access.limits import lift, restrict
from services.access.posts import add_post, check_post, keep_begun, keep_held, stays

__all__ = [
    "Stale",
    "add_post",
    "again",
    "check_post",
    "keep_begun",
    "keep_held",
    "lift",
    "refuse_governing",
    "refuse_lent",
    "refuse_own",
    "rename",
    "restrict",
    "resume",
    "set_days",
    "stays",
    "suspend",
    "why_not",
    "why_not_lent",
    "with_reason",
]

"""Signing in and out, by concept: kept secrets, rules of passwords, counted tries, sessions, the second factor."""

from services.account.own_password import change_password
from services.account.secrets import MAX_PASSWORD, hash_password, matches, normalise
from services.account.sessions import Device, Live, Waiting, resume, sign_out
from services.account.signing_in import Opened, PendingOver, SignInRefused, give_code, sign_in
from services.account.throttle import FREE_FAILURES

__all__ = [
    "FREE_FAILURES",
    "MAX_PASSWORD",
    "Device",
    "Live",
    "Opened",
    "PendingOver",
    "SignInRefused",
    "Waiting",
    "change_password",
    "give_code",
    "hash_password",
    "matches",
    "normalise",
    "resume",
    "sign_in",
    "sign_out",
]

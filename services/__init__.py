"""Verbs: each is one transaction that checks, changes, audits and notifies."""

"""Verbs: one transaction each: check, change, audit, notice."""

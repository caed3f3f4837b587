"""The history of a form and of its leaves: who, when, on whose behalf, from which value to which, why; and its hand-overs.

``holding`` writes what a hand-over keeps, ``held`` reads it, ``trail`` tells one leaf, ``compare`` sets two hand-overs beside
each other. The layout of the content stands in ``docs/formats.md``.
"""

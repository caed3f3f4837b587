"""The regulation in pure Python: no Flask, no database; only decimals, dates and small dataclasses."""

"""Who may, and which rows: needs, the read floor and the write gate."""

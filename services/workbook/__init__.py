"""Forms as Excel workbooks, there and back: filled in without a network, compared before anything is written (Điều 7.2, 7.3)."""

"""The product against bare Flask views, measured in one run (``make bench``)."""

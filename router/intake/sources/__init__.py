"""One module per source, found by name; each has a constant `SOURCE`."""

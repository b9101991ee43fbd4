"""The service: load, decide, commit, for signals, commands and deadlines. It does no I/O of its own."""

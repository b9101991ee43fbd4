"""The rules, pure: standard library only, and no clock, environment, file, thread or log."""

"""Auditing live accounts: what to ask, asking it, judging the answers, and saying what was not looked at."""

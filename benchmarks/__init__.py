"""Figures against their budgets, against peers and against the machine's limits, all in one run: `make bench`."""

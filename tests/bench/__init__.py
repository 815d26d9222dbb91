"""azfob beside what it replaces: the same secrets, the same network, counted and timed. `make bench`; bench.py --help."""

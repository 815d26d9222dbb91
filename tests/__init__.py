"""The tests of azfob that are written in Python; run from the top folder: python3 -m unittest tests/e2e/test_x.py"""

"""Remedies for Travis CI."""

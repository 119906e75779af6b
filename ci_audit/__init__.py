"""Audit CI configuration for package downloads that are repeated on every run."""

__version__ = "0.1.0"

"""Audit CI configuration for package downloads that are repeated on every run."""

from __future__ import annotations

__version__ = "0.1.0"

"""Remedies for GitLab CI."""

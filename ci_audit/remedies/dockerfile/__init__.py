"""Remedies for Dockerfiles: cache mounts with the right directory and owner, and what defeats them taken out."""

"""GitHub Actions: workflows and composite actions."""

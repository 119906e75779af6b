"""GitLab CI: `.gitlab-ci.yml` and what it includes, to the neutral pipeline."""

"""Travis CI: `.travis.yml` to the neutral pipeline."""

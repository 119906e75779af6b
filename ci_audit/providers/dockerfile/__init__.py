"""Dockerfiles and Containerfiles: each stage is a job, each RUN a step, each cache mount a cache of its step."""

"""A broker, a store and a seeded night, on this machine only."""

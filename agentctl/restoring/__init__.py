"""Getting events back out of the archive: what it takes, thawing, and where they go."""

"""Where groups stand and stood: positions and commits in, answers out."""

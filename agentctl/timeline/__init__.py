"""Events become a story: what happened, in order."""

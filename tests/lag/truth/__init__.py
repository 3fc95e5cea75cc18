"""Logs and consumers that are made up from a seed, with what is true of them at every offset and moment."""

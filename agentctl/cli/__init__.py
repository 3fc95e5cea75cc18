"""Words on the command line become one call."""

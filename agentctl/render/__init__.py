"""Views become bytes; one format a file."""

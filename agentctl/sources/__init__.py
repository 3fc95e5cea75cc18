"""Queries become records and a coverage."""

"""The schema registry: the only place that knows its client."""

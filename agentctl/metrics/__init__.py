"""The lag of groups for Prometheus: measured on an interval, bounded, and served over HTTP."""

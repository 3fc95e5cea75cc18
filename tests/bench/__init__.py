"""Measurements, side by side with their references in one run; outside the timed tests."""

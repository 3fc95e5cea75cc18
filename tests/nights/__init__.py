"""Nights that are made up, with everything that is wrong in them known, and what was found of it."""

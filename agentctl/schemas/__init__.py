"""The shape of events: what there is, what a change of it breaks, and the proof on what was written."""

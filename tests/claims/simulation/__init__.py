"""Many agents as processes that claim the same few items at once, and are killed and paused at any step."""

"""Changes of schemas carried out: files, casters, registrations, and events rewritten."""

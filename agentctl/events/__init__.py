"""Records become events, through a field mapping."""

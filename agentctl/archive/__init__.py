"""The cold format, without any input or output."""

"""From Kafka into the archive: the edge that drives ``agentctl.archive.writing``."""

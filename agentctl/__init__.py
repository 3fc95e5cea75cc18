"""agentctl: the operations command line for AI agents that work through Kafka."""

__version__ = "0.1.0"

"""Where agentctl's configuration comes from: layers, each value with its origin, secrets apart."""

"""JSON Schema: which documents one schema admits and another does not."""

"""Avro: schemas read strictly by the specification, compared leaf by leaf, and resolved without surprises."""

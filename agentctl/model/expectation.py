"""What a scan is about to read, and about how long that takes: known before the first record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is about to be read."""

    topics: int
    partitions: int
    """Those that hold anything to read."""
    records: int
    """At most: offsets, holes among them."""
    seconds: float
    """From a rate that was measured, not from this cluster: an order of magnitude."""
    narrower: tuple[str, ...] = ()
    """Options that would make it less, each as it is typed, with its condition where it has one."""

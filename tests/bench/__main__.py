"""``make bench``: measures, prints a table, and writes docs/benchmarks.md."""

import os
import platform
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from agentctl import __version__
from tests.bench.archive_rate import Rate, rate_rows
from tests.bench.archive_reach import Reach, reach_rows
from tests.bench.claims import claims_pairs
from tests.bench.claims_list import list_pairs
from tests.bench.lag import lag_rows
from tests.bench.pairs import Pair, Peak
from tests.bench.replay import replay_rows
from tests.bench.schema_prove import prove_rates
from tests.bench.startup import startup_pairs

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"

HEAD = """# Benchmarks

Written by `make bench`. Each row ran in turn with its reference, A B A B …, as whole processes, warm; the
ratio is the median of the ratios pair by pair, the times are medians. MiB is the most memory that a run held.
"""

REPLAY = """## Replay

1,000,000 events of about 340 bytes, zstd, 6 partitions, keyed by their workflow, on Apache Kafka 4.3.1 on the
same machine. kcat and the console consumer print the topic from its beginning, grep picks the workflow.
"""

CLAIMS = """## Claims

Both in one process on a warm connection, in turn, on Apache Kafka on the same machine.
"""

LIST = """1,000,000 claims of about 170 bytes, zstd, 6 partitions, each on an item of its own, one in 44
alive, on the same Kafka. kcat prints the topic from its beginning; the list decodes every claim and
judges it.
"""

LAG = """## Lag

Groups that have committed five times each in 60 partitions of 300 records, on Apache Kafka on the same
machine. Kafka's own tool prints offsets only; so does the first row. The seconds are those of the records.
"""


ARCHIVE = """## Archive

One workflow of 48 events within an hour out of 1,000,000 archived ones over 30 days of two months, an object
a day and partition, 12 partitions, a lookup a month. Counted by a proxy before the object store.
"""

RATE = """The 1,000,000 events of the replay's topic, to the sandbox's object store and back into a topic of
their own. A core's figure divides by the processor seconds of all threads of the process.
"""


def main() -> int:
    """Measure everything; 1 when a bound was missed."""
    with tempfile.TemporaryDirectory() as home:
        startup = startup_pairs(Path(home))
        replay, peaks = replay_rows(Path(home))
        listed = list_pairs(Path(home))
        lag, lag_peaks = lag_rows(Path(home))
        reached_in = reach_rows(Path(home))
        rates = [*rate_rows(Path(home)), *prove_rates(Path(home))]
    claims = claims_pairs()
    page = (
        f"{HEAD}\n{machine()}\n\n## Start-up\n\n{table(startup)}\n\n{REPLAY}\n{table(replay)}\n\n"
        f"{memory(peaks)}\n\n{CLAIMS}\n{table(claims)}\n\n{LIST}\n{table(listed)}\n\n"
        f"{LAG}\n{table(lag)}\n\n{memory(lag_peaks)}\n\n{ARCHIVE}\n{requests(reached_in)}\n\n{RATE}\n{a_second(rates)}\n"
    )
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write(page)
    pairs = (*startup, *replay, *claims, *listed, *lag)
    reached = [*(pair.reached for pair in pairs), *(peak.reached for peak in (*peaks, *lag_peaks))]
    return 0 if all((*reached, *(one.reached for one in reached_in), *(one.reached for one in rates))) else 1


def machine() -> str:
    """Name what this was measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"agentctl {__version__}, Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, {datetime.now(UTC):%Y-%m-%d}."
    )


def table(pairs: list[Pair]) -> str:
    """Return the pairs as a Markdown table."""
    lines = ["| work | ms | MiB | reference | ms | ratio | reach | |", "|---|--:|--:|---|--:|--:|--:|---|"]
    for pair in pairs:
        own, other = (statistics.median(s) * 1000 for s in (pair.seconds, pair.reference_seconds))
        reference = pair.reference_name.replace("|", "\\|")
        lines.append(
            f"| {pair.name} | {own:.1f} | {pair.peak_mib:.0f} | {reference} | {other:.1f} "
            f"| {pair.ratio:.2f} × | {pair.reach:g} × | {_verdict(pair)} |"
        )
    return "\n".join(lines)


def memory(peaks: list[Peak]) -> str:
    """Return what was measured of memory as a Markdown table."""
    lines = ["| most memory of | MiB | reach | |", "|---|--:|--:|---|"]
    for peak in peaks:
        lines.append(f"| {peak.name} | {peak.mib:.0f} | < {peak.reach_mib:g} | {_verdict(peak)} |")
    return "\n".join(lines)


def requests(found: list[Reach]) -> str:
    """Return what was counted at the object store as a Markdown table."""
    lines = ["| work | requests | objects | bytes | reach | |", "|---|--:|--:|--:|--:|---|"]
    for one in found:
        reach = f"≤ {one.allowed} + objects, ≤ 2 %"
        lines.append(
            f"| {one.name} | {one.requests} | {one.objects} | {one.share:.2%} | {reach} | {_verdict(one)} |"
        )
    return "\n".join(lines)


def a_second(found: list[Rate]) -> str:
    """Return how many events went through in a second as a Markdown table."""
    lines = ["| work | events/s | a core | reach | |", "|---|--:|--:|--:|---|"]
    for one in found:
        reach = f"≥ {one.reach:,}{' a core' if one.by_core else ''}"
        lines.append(f"| {one.name} | {one.a_second:,.0f} | {one.a_core:,.0f} | {reach} | {_verdict(one)} |")
    return "\n".join(lines)


def _verdict(measured: Pair | Peak | Reach | Rate) -> str:
    return "reached" if measured.reached else "**missed**"


if __name__ == "__main__":
    sys.exit(main())

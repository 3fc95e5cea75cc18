"""A restore as a process, to be killed: ``python -m tests.restoring.restorer BROKERS ID COUNT``."""

import sys

from agentctl.kafka.connection import Connection
from agentctl.restoring.restore_run import prepare, run
from tests.restoring.made import NOW_MS, log, parts, wish

LOGS = (log("research-events", 0), log("research-events", 2), log("claims", 1), log("claims", 1, "B"))
"""The last two are one partition of a topic that was deleted and made again."""


def main() -> None:
    """Write everything, and say after each transaction how many records it had."""
    bootstrap, restore_id, count = sys.argv[1:]
    connection = Connection({"bootstrap.servers": bootstrap})
    prepared = prepare(connection, wish(restore_id, LOGS), NOW_MS)

    def tell(number: int) -> None:
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()

    outcome = run(connection, prepared, parts(LOGS, int(count)), NOW_MS, tell, at_once=300)
    sys.stdout.write(f"done {outcome.written} {outcome.skipped}\n")


if __name__ == "__main__":
    main()

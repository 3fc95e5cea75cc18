"""What the metrics of lag are called: the exporter, the alert rules and the dashboard use these names."""

from agentctl.lag.rows import Verdict

GROUP, TOPIC, PARTITION = "consumer_group", "topic", "partition"
"""The labels of everything that is told of a partition."""

LAG_SECONDS = "kafka_consumer_lag_seconds"
BEHIND_SECONDS = "kafka_consumer_behind_latest_seconds"
LAG_RECORDS = "kafka_consumer_lag_records"
VERDICT = "kafka_consumer_verdict"
LOST = "kafka_consumer_lost_records"
"""Only where there are any."""
NEVER_COMMITTED = "kafka_consumer_never_committed"
"""Only where it is so."""

UP = "agentctl_lag_up"
LAST_SUCCESS = "agentctl_lag_last_refresh_success"
AGE = "agentctl_lag_refresh_age_seconds"
DURATION = "agentctl_lag_refresh_duration_seconds"
REFRESHES = "agentctl_lag_refreshes"
"""A counter: it is served with ``_total`` behind it."""
UNREADABLE = "agentctl_lag_unreadable"
DROPPED = "agentctl_lag_series_dropped"

VERDICT_NUMBERS = {verdict: number for number, verdict in enumerate(Verdict)}
"""0 UNKNOWN, 1 OK, 2 WARN, 3 STALL, 4 STOP, 5 REWIND."""

"""The context ``sandbox``: how the other commands find what runs."""

from agentctl.sandbox.archived import ARCHIVE
from agentctl.sandbox.night import CLAIMS, PROGRESS, RESEARCH, RESULTS
from agentctl.sandbox.state import Running
from agentctl.settings.contexts import current, forget, use, write_private
from agentctl.settings.files import read_files
from agentctl.surroundings import Surroundings

NAME = "sandbox"

_TOPICS = f"""
[context.{NAME}.topics.{RESEARCH}]
role = "task"
agent = "research"
stale_after = "15m"
key = "work_item"

[context.{NAME}.topics.{CLAIMS}]
role = "claim"
ttl = "30m"
key = "work_item"

[context.{NAME}.topics.{RESULTS}]
role = "result"

[context.{NAME}.topics.{PROGRESS}]
role = "progress"
key = "agent"
"""


def make_context(running: Running, surroundings: Surroundings) -> None:
    """Write the context's own file; make it the current one when none is."""
    file = surroundings.config_folder / "contexts.d" / f"{NAME}.toml"
    text = (
        "# Written by agentctl sandbox up, removed by agentctl sandbox down.\n"
        f"[context.{NAME}]\n"
        f'brokers = "{running.broker.address}"\n'
        f'archive = "{ARCHIVE}"\n'
        f's3_endpoint = "http://{running.store.address}"\n'
        f"{_TOPICS}"
    )
    write_private(file, text)
    if current(surroundings) is None:
        use(NAME, read_files(surroundings), surroundings)


def forget_context(surroundings: Surroundings) -> None:
    """Remove the context's file; leave no context current when it was that one."""
    (surroundings.config_folder / "contexts.d" / f"{NAME}.toml").unlink(missing_ok=True)
    if current(surroundings) == NAME:
        forget(surroundings)

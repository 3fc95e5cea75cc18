"""What ``agentctl restore`` does in Kafka: into a topic, on with what was begun, and back again."""

import shlex
from dataclasses import dataclass, field, replace
from functools import cached_property

from agentctl.cli import wiring
from agentctl.cli.options import OutputOptions
from agentctl.cli.restoring import Restore
from agentctl.errors import ExitCode, InterruptedScan, UnreachableError
from agentctl.kafka.connection import Connection
from agentctl.model.coverage import Coverage
from agentctl.restoring.from_archive import in_order
from agentctl.restoring.origins import origins
from agentctl.restoring.preflight import Load
from agentctl.restoring.restore_run import Outcome, Prepared, Wish, begun, prepare, run
from agentctl.restoring.result import restore_id
from agentctl.restoring.resuming import Order, check_id
from agentctl.restoring.retrieval import Retrieval
from agentctl.restoring.survey import Survey, still_frozen
from agentctl.restoring.undo import UndoRefusedError, planned_undo, undo
from agentctl.restoring.undo_view import undo_view
from agentctl.settings.layers import Settings
from agentctl.surroundings import Surroundings


@dataclass
class IntoTopic:
    """A restore into a topic."""

    restore: Restore
    topic: str | None
    """None: a topic of its own."""
    name: str | None
    """The id that was chosen, if any."""
    profile: str | None
    resumed: bool = False
    """Whether its question was noted, and not typed."""
    _written: int = field(default=0, init=False)

    @cached_property
    def restore_id(self) -> str:
        """Return the id; without a choice the same question and target always have the same."""
        restore = self.restore
        return self.name or restore_id(restore.archive.address, restore.query, self.topic or "scratch")

    def planned(self) -> ExitCode:
        """Look whether it can go well, show what would be done, and change nothing."""
        found = self.restore.surveyed()
        if not found.holdings:
            return self.restore.show(self.restore.planned(found, name=self.restore_id))
        prepared = self._prepared(found)
        note = f"restore id {self.restore_id} · nothing was written"
        view = self.restore.planned(found, *prepared.sentences, note, name=self.restore_id)
        thaw = (f"{self._command} --thaw standard --wait --execute",) if found.frozen else ()
        return self.restore.show(replace(view, next=(*thaw, "the same with --execute")))

    def done(self) -> ExitCode:
        """Write what is not written yet."""
        restore = self.restore
        found = restore.surveyed()
        if not found.holdings:
            return restore.show(restore.planned(found, name=self.restore_id))
        prepared = self._prepared(found)
        restore.say(f"restore id: {self.restore_id}")
        retrieval = Retrieval(restore.archive, restore.query, restore.mapping)
        outcome = self._ran(prepared, retrieval)
        result = replace(
            retrieval.result(outcome.written, prepared.wish.target),
            restore_id=self.restore_id,
            skipped=outcome.skipped,
        )
        result = replace(result, complete=result.complete and not outcome.holes)
        before = f"{outcome.skipped:,} had been written before"
        view = restore.done_view(result, retrieval, *((before,) if outcome.skipped else ()))
        timeless = f"{outcome.timeless:,} without a time bear that of the restore"
        view = replace(
            restore.with_result(view, result, retrieval),
            title=f"{view.title} → {prepared.wish.target}",
            coverage=_whole(view.coverage, found, outcome),
        )
        notes = (*view.notes, *((timeless,) if outcome.timeless else ()))
        next_ = self._next(outcome, retrieval, prepared.wish.target)
        return restore.show(replace(view, notes=notes, next=next_))

    def _ran(self, prepared: Prepared, retrieval: Retrieval) -> Outcome:
        """Run it; whatever stops it says how to go on."""
        again = f"agentctl restore --resume {self.restore_id} --execute goes on"
        restore = self.restore

        def tell(count: int) -> None:
            self._written += count

        try:
            with wiring.progress(restore.surroundings) as progress:
                found = in_order(retrieval, progress)
                return run(self._connection, prepared, found, restore.surroundings.now_ms(), tell)
        except KeyboardInterrupt:
            text = f"stopped by Ctrl-C: {self._written:,} records were written; {again}"
            raise InterruptedScan(text) from None
        except UnreachableError as error:
            text = f"{error.message}; {self._written:,} records were written"
            raise UnreachableError(text, hint=again) from error

    @property
    def _command(self) -> str:
        """Return the words that were typed, with the target."""
        words = [str(self.restore.command())]
        if not self.resumed:
            words.append("--scratch" if self.topic is None else f"--to-topic {shlex.quote(self.topic)}")
            words += [] if self.name is None else [f"--id {shlex.quote(self.name)}"]
        return " ".join(words)

    @cached_property
    def _connection(self) -> Connection:
        return Connection(self.restore.settings.connection_properties(self.restore.surroundings))

    def _prepared(self, found: Survey) -> Prepared:
        restore = self.restore
        known = origins(restore.archive.store, (one.key for one in found.finding.pieces))
        times = found.times
        load = Load(
            times[0] if times else None, times[-1] if times else None, found.matched, known.largest_bytes
        )
        wish = Wish(
            self.restore_id,
            restore.archive.address,
            restore.query,
            self.profile,
            self.topic,
            load,
            known.partitions,
            known.topics,
            known.most_partition,
        )
        return prepare(self._connection, wish, restore.surroundings.now_ms())

    def _next(self, outcome: Outcome, retrieval: Retrieval, target: str) -> tuple[str, ...]:
        """Name what a person would want now: the rest; else a look at what was written, and the way back."""
        if outcome.holes:
            thaw = " --thaw standard --wait" if retrieval.frozen else ""
            return (f"agentctl restore --resume {self.restore_id}{thaw} --execute",)
        return (f"agentctl replay -t {target}", f"agentctl restore --undo {self.restore_id}")


def begun_order(name: str, settings: Settings, surroundings: Surroundings) -> Order:
    """Return what was asked for under an id. Raises NotFoundError when nothing is noted of it."""
    return begun(Connection(settings.connection_properties(surroundings)), name).order


def taken_back(
    name: str,
    topic: str | None,
    settings: Settings,
    surroundings: Surroundings,
    output: OutputOptions,
    *,
    execute: bool,
) -> ExitCode:
    """Show what a restore wrote, and with ``execute`` remove it. Raises where something else would go."""
    check_id(name)
    connection = Connection(settings.connection_properties(surroundings))
    if execute:
        plan = undo(connection, name, topic)
    else:
        plan = planned_undo(connection, name, topic)
        if plan.obstacles:
            why = "; ".join(plan.obstacles)
            raise UndoRefusedError(f"the restore {name} cannot be taken back: {why}", hint=plan.hint)
    return wiring.show(undo_view(plan, done=execute), output, surroundings, used=settings)


def _whole(coverage: Coverage | None, found: Survey, outcome: Outcome) -> Coverage | None:
    """Return the coverage; partial while anything that was looked for is not in the target."""
    if not outcome.holes or (coverage is not None and not coverage.complete):
        return coverage
    frozen = still_frozen(found.frozen)
    return Coverage(complete=False, reasons=(frozen or "something could not be read, and was not written",))

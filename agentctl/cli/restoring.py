"""What ``agentctl restore`` does with what it was asked for."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from agentctl.archive.store import Tier
from agentctl.cli import wiring
from agentctl.cli.options import OutputOptions
from agentctl.errors import ExitCode
from agentctl.events.mapping import FieldMapping
from agentctl.model.coverage import Coverage
from agentctl.model.query import Query
from agentctl.model.view import View
from agentctl.render.complaints import tell
from agentctl.render.interface import Style
from agentctl.render.ndjson import render
from agentctl.restoring.avro import write_avro
from agentctl.restoring.files import AVRO, write_lines
from agentctl.restoring.plan_view import COLUMNS, Command, plan_view, short, thaw_command
from agentctl.restoring.result import Hole, Result, Used, restore_id
from agentctl.restoring.retrieval import Retrieval
from agentctl.restoring.survey import Survey, still_frozen, survey
from agentctl.restoring.thawing import ask_for, wait_for
from agentctl.settings.layers import Settings
from agentctl.sources.archive import ArchiveSource
from agentctl.surroundings import Surroundings
from agentctl.timeline.replay import Wish, replayed

_MANY = 10_000_000
"""Events of a file, which has all of them."""
_OPTIONS_OF_NEXT = frozenset(
    {"--thaw", "--days", "--to-file", "--to-topic", "--id", "--confirm", "-o", "--output", "--export"}
)
_FLAGS_OF_NEXT = frozenset({"--plan", "--wait", "--execute", "--scratch", "--all", "--payload"})


@dataclass(frozen=True, slots=True)
class Restore:
    """One question to an archive."""

    archive: ArchiveSource
    query: Query
    mapping: FieldMapping
    settings: Settings
    surroundings: Surroundings
    output: OutputOptions

    def plan(self) -> ExitCode:
        """Show what it takes."""
        return self.show(self.planned(self.surveyed()))

    def thaw(self, tier: Tier, days: int, *, execute: bool, wait: bool) -> ExitCode | None:
        """Ask for what is frozen; None when all can be read by now, and the answer is still to be given."""
        found = self.surveyed()
        if not found.holdings:
            return self.show(self.planned(found))
        objects = [one.stored for one in found.holdings]
        if not execute:
            if not found.frozen:
                return None
            note = f"would ask for them: {tier.value}, for {days} days · nothing was asked for"
            return self.show(replace(self.planned(found, note), next=("the same with --execute",)))
        store = self.archive.store
        asked = ask_for(store, objects, tier, days)
        self.say(f"{len(objects)} objects, {tier.value}, for {days} days: {asked}")
        if wait:
            wait_for(store, [one.key for one in objects], self.surroundings.sleep, self.say)
            return None
        found = self.surveyed()
        if not found.frozen:
            return None
        view = self.planned(found, str(asked))
        frozen = still_frozen(found.frozen)
        coverage = Coverage(complete=False, reasons=() if frozen is None else (frozen,))
        again = f"{self.command()} --plan"
        return self.show(replace(view, coverage=coverage, next=(again, str(self.command()))))

    def timeline(self, *, unfolded: bool, payload: bool) -> ExitCode:
        """Show what happened, straight from the archive."""
        whole = wiring.rows_are_whole(self.output, self.surroundings)
        wish = Wish(unfolded=unfolded or whole, payload=payload or whole)
        view, retrieval = self._told(wish)
        return self.show(self.with_result(view, retrieval.result(0, None), retrieval))

    def to_file(self, file: Path) -> ExitCode:
        """Write what can be read into a new file."""
        path = self.surroundings.folder / file
        if path.suffix.lower() == AVRO:
            retrieval = Retrieval(self.archive, self.query, self.mapping)
            with wiring.progress(self.surroundings) as progress:
                events = list(retrieval.events(progress))
            written = len(events)
            if events:
                write_avro(path, events)
        else:
            view, retrieval = self._told(Wish(unfolded=True, payload=True, limit=_MANY, commits=False))
            rows = [row for row in view.rows if row.get("headers") is not None]
            written = len(rows)
            if rows:
                write_lines(path, render(replace(view, rows=rows), Style()))
        result = retrieval.result(written, str(file) if written else None)
        view = self.done_view(result, retrieval)
        if written:
            self.say(f"written {written:,} events to {file}")
        return self.show(self.with_result(view, result, retrieval))

    def _told(self, wish: Wish) -> tuple[View, Retrieval]:
        retrieval = Retrieval(self.archive, self.query, self.mapping)
        with wiring.progress(self.surroundings) as progress:
            source = retrieval.source(progress)
            view = replayed(source, self.query, self.mapping, progress, self.surroundings.now_ms, wish)
        return view, retrieval

    def done_view(self, result: Result, retrieval: Retrieval, *facts: str) -> View:
        """Show what was written, by object."""
        rows = [
            {
                "object": short(one.key),
                "key": one.key,
                "storage_class": one.storage_class,
                "state": "frozen" if one.frozen else "read",
                "frozen": one.frozen,
                "records": one.records,
            }
            for one in result.objects
        ]
        return View(
            name="restore",
            title=self._title,
            columns=tuple(column for column in COLUMNS if column.key not in ("size", "bytes", "expires")),
            rows=rows,
            facts=(f"{result.written:,} events written", *facts),
            coverage=retrieval.coverage,
            nothing=f"The archive holds nothing of {self._title}.",
        )

    def with_result(self, view: View, result: Result, retrieval: Retrieval) -> View:
        """Add what scripts read, and the way to what is frozen."""
        next_ = view.next
        if retrieval.frozen:
            next_ = (thaw_command(self.command()), *next_)
        asked = result.requests
        count = asked.get + asked.list + asked.head + asked.post
        note = (
            f"from the archive: {len(result.objects)} objects, {count} requests, {asked.bytes_read:,} bytes"
        )
        return replace(
            view, summary={**view.summary, **result.fields()}, notes=(*view.notes, note), next=next_
        )

    def surveyed(self) -> Survey:
        """Find what there is, without reading a record."""
        return survey(self.archive, self.query, self.mapping)

    def planned(self, found: Survey, *notes: str, name: str | None = None) -> View:
        """Show what it would take."""
        gaps = [
            Hole(one.log[0], one.log[2], one.first, one.until, "missing") for one in found.finding.missing
        ]
        for one in found.finding.pieces:
            gaps += [
                Hole(one.key.topic, one.key.partition, gap.first, gap.until, gap.reason.value)
                for gap in one.gaps
            ]
        asked = self.archive.store.requests
        used = [
            Used(one.stored.key, one.stored.storage_class, one.frozen, one.records) for one in found.holdings
        ]
        complete = not found.reasons
        name = name or restore_id(self.archive.address, self.query)
        result = Result(name, found.matched, 0, None, used, asked, complete, gaps)
        return plan_view(found, result, self._title, self.command(), notes)

    def command(self) -> Command:
        """Return the words that were typed, less what says what to do with it."""
        kept: list[str] = []
        words = iter(self.surroundings.words)
        for word in words:
            if word in _OPTIONS_OF_NEXT:
                next(words, None)
            elif word not in _FLAGS_OF_NEXT and word.partition("=")[0] not in _OPTIONS_OF_NEXT:
                kept.append(shlex.quote(word))
        if "restore" in kept:
            kept.remove("restore")
        return Command(tuple(kept))

    @property
    def _title(self) -> str:
        query = self.query
        return " ".join((*query.ids, *query.agents, *query.topics)) or "everything in the window"

    def say(self, text: str) -> None:
        """Tell what happens, on stderr."""
        tell(self.surroundings.stderr, Style().safe(text))

    def show(self, view: View) -> ExitCode:
        """Write the answer; return its exit code."""
        return wiring.show(view, self.output, self.surroundings, used=self.settings)

"""What can happen in a night: each script is a small story on work items of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.nights.item import Item, Piece
from tests.nights.night import AGENTS, MINUTE, PARTITIONS, PROGRESS, Act, Night

LATEST_BEGIN_MS = 60 * MINUTE
"""Before the end of the night: so late the last script begins."""
SECOND = 1_000


@dataclass(slots=True)
class Book:
    """A night with everything that was decided about it."""

    night: Night
    items: list[Item] = field(default_factory=list)
    loose: list[Piece] = field(default_factory=list)
    """Acts that are no work on an item."""
    replaced: list[tuple[Piece, Act]] = field(default_factory=list)
    """Work on a task that a newer one had replaced, and the newer one."""
    notes: list[tuple[str, frozenset[Act]]] = field(default_factory=list)
    """Stated causes that cannot be pointed at: why not, and the events that state them."""
    later: list[Callable[[], None]] = field(default_factory=list)
    """What happens once everybody has read the tasks."""

    def item(self, kind: str, workflow: str | None = None) -> Item:
        name = self.night.name(kind)
        found = Item(self.night, name, workflow or self.night.name("workflow"), self.night.rng.randrange(3))
        self.items.append(found)
        return found

    def begin(self) -> int:
        return self.night.rng.randint(self.night.starts, self.night.ends - LATEST_BEGIN_MS)

    def task(self, item: Item, at: int | None = None) -> Act:
        begins = self.begin() if at is None else at
        partition = sum(item.name.encode()) % PARTITIONS
        return self.night.task(begins, item.name, item.workflow, partition=partition)

    def picked(self, count: int) -> list[str]:
        return self.night.rng.sample(AGENTS, count)

    def read(self, agent: str, task: Act) -> int | None:
        """Return a moment at which an agent has a task before it, having read it just now."""
        passed = self.night.committed(agent, task)
        return None if passed is None else passed - 1_900 + self.night.rng.randint(0, 1_000)

    def works(self, item: Item, piece: Piece, at: int, steps: int, *, result: bool = True) -> int:
        """Plan progress and a result from a moment on; return when it is over."""
        for step in range(1, steps + 1):
            at += self.night.rng.randint(20, 150) * SECOND
            item.will(at, "progress", piece, step=step)
        if result:
            at += self.night.rng.randint(20, 150) * SECOND
            item.will(at, "result", piece)
        return at

    def states(self) -> str:
        """Return which acts of a piece of work name its cause.

        None of them only where events or commits leave one reading: who joins late may as well take over.
        """
        return self.night.rng.choice(["none", "first", "result", "all"])


def clean(book: Book) -> None:
    """One agent claims in time or late, renews, and is done."""
    item = book.item("clean")
    task, [agent] = book.task(item), book.picked(1)

    def act() -> None:
        begins = book.read(agent, task)
        if begins is not None:
            piece = Piece(agent, task, book.states())
            item.will(begins, "claim", piece, ttl=20 * MINUTE)
            if book.night.rng.random() < 0.4:
                item.will(begins + 10 * SECOND, "renew", piece, ttl=30 * MINUTE)
            book.works(item, piece, begins, book.night.rng.randint(0, 4))
        item.play()

    book.later.append(act)


def rivals(book: Book) -> None:
    """Several agents claim one item within a lease; some withdraw, some work on."""
    item, rng = book.item("rivals"), book.night.rng
    task, agents = book.task(item), book.picked(rng.randint(2, 4))
    partitions = [item.partition] * 4 if rng.random() < 0.8 else [rng.randrange(PARTITIONS) for _ in range(4)]

    def act() -> None:
        for agent, partition in zip(agents, partitions, strict=False):
            begins = book.read(agent, task)
            if begins is None:
                continue
            states = book.states() if book.night.with_commits else rng.choice(["first", "all"])
            piece = Piece(agent, task, states)
            item.will(begins, "claim", piece, ttl=rng.randint(5, 30) * MINUTE, partition=partition)
            if rng.random() < 0.3:
                item.will(begins + rng.randint(3, 9) * SECOND, "release", piece)
                if rng.random() < 0.3:
                    item.will(begins + 5 * MINUTE, "result", piece)
            elif rng.random() < 0.8:
                book.works(item, piece, begins, rng.randint(0, 4), result=rng.random() < 0.7)
        item.play()

    book.later.append(act)


def left(book: Book) -> None:
    """The holder stops; somebody may take over, and the holder may come back, or claim again itself."""
    item, rng = book.item("left"), book.night.rng
    task, agents = book.task(item), book.picked(2)

    def act() -> None:
        begins = book.read(agents[0], task)
        if begins is not None:
            old = Piece(agents[0], task, book.states())
            ttl = rng.randint(4, 8) * MINUTE
            item.will(begins, "claim", old, ttl=ttl)
            book.works(item, old, begins, rng.randint(0, 2), result=False)
            if rng.random() < 0.3:
                item.will(begins + 6 * MINUTE, "release", old)
            if rng.random() < 0.7:
                knows = book.night.committed(agents[1], task)
                next_ = Piece(rng.choice(agents) if knows is not None else agents[0])
                taken = max(begins + ttl + 6 * MINUTE, (knows or 0) + SECOND)
                item.will(taken, "claim", next_, ttl=20 * MINUTE)
                ends = book.works(item, next_, taken, rng.randint(0, 3), result=rng.random() < 0.8)
                if next_.agent != old.agent and rng.random() < 0.5:
                    item.will(rng.choice([taken + 30 * SECOND, ends + MINUTE]), "result", old)
        item.play()

    book.later.append(act)


def at_the_end(book: Book) -> None:
    """Somebody claims within seconds of the end of a lease, before it or after it."""
    item, rng = book.item("end"), book.night.rng
    task, agents = book.task(item), book.picked(2)

    def act() -> None:
        times = [book.read(agent, task) for agent in agents]
        knows = book.night.committed(agents[1], task)
        if times[0] is not None and knows is not None:
            ttl = max(5 * MINUTE, knows - times[0] + 10 * SECOND)
            old, new = Piece(agents[0], task, "first"), Piece(agents[1], task, "first")
            item.will(times[0], "claim", old, ttl=ttl)
            begins = times[0] + ttl + rng.choice([-6_000, -3_000, -500, -1, 0, 1, 500, 3_000, 6_000])
            item.will(begins, "claim", new, ttl=20 * MINUTE)
            book.works(item, new, begins, 2)
        item.play()

    book.later.append(act)


def done_already(book: Book) -> None:
    """Somebody claims an item that is done."""
    item, rng = book.item("done"), book.night.rng
    task, agents = book.task(item), book.picked(2)

    def act() -> None:
        times = [book.read(agent, task) for agent in agents]
        if times[0] is not None and times[1] is not None:
            first = Piece(agents[0], task, book.states())
            item.will(times[0], "claim", first, ttl=20 * MINUTE)
            ends = book.works(item, first, times[0], 1)
            again = Piece(agents[1], task, rng.choice(["first", "all", "result"]))
            begins = max(ends + 40 * SECOND, times[1])
            item.will(begins, "claim", again, ttl=20 * MINUTE)
            result = again.states == "result" or rng.random() < 0.5
            book.works(item, again, begins, rng.randint(0, 2), result=result)
        item.play()

    book.later.append(act)


def unclaimed(book: Book) -> None:
    """A result that nobody had claimed to make; perhaps beside one that somebody had."""
    item, rng = book.item("unclaimed"), book.night.rng
    task, agents = book.task(item), book.picked(2)

    def act() -> None:
        begins = book.read(agents[0], task)
        if begins is not None:
            piece = Piece(agents[0], task, rng.choice(["none", "all"]) if book.night.with_commits else "all")
            if rng.random() < 0.5:
                item.will(begins, "progress", piece, step=1)
                begins += MINUTE
            item.will(begins, "result", piece)
        holds = book.read(agents[1], task)
        if holds is not None and rng.random() < 0.5:
            piece = Piece(agents[1], task, "first")
            item.will(holds, "claim", piece, ttl=20 * MINUTE)
            book.works(item, piece, holds, 1)
        item.play()

    book.later.append(act)


def chain(book: Book) -> None:
    """A result makes another agent write something new, which somebody works on again."""
    item, rng = book.item("chain"), book.night.rng
    next_item = book.item("next", item.workflow)
    task, agents = book.task(item), book.picked(2)

    def act() -> None:
        begins = book.read(agents[0], task)
        if begins is not None:
            piece = Piece(agents[0], task, book.states())
            item.will(begins, "claim", piece, ttl=30 * MINUTE)
            book.works(item, piece, begins, 1)
            item.play()
            begins = piece.acts[-1].at + rng.randint(5, 1_500) * SECOND
            further = Piece(agents[1], piece.acts[-1], rng.choice(["first", "all"]))
            next_item.will(begins, "claim", further, ttl=30 * MINUTE)
            book.works(next_item, further, begins, 1)
            next_item.play()

    book.later.append(act)


def digest(book: Book) -> None:
    """An agent writes something on account of an event, at once, with nothing that shows its beginning."""
    item = book.item("digest")
    task, [agent] = book.task(item), book.picked(1)

    def act() -> None:
        begins = book.read(agent, task)
        if begins is not None:
            at = begins + book.night.rng.choice([0, 0, 40 * MINUTE])
            night = book.night
            made = Act(night.moment(at), PROGRESS, agent, None, item.workflow, cause=task, parent=task)
            book.loose.append(Piece(agent, task, "all", acts=[night.write(made)]))

    book.later.append(act)


def replaced(book: Book) -> None:
    """An agent works on a task although a newer one on the same item lies before it."""
    item, rng = book.item("replaced"), book.night.rng
    old = book.task(item)
    new, [agent] = book.task(item, old.at + rng.randint(2, 300) * SECOND), book.picked(1)

    def act() -> None:
        times = [book.night.committed(agent, task) for task in (old, new)]
        if times[0] is not None and times[1] is not None:
            begins = times[1] + rng.randint(1, 60) * SECOND
            piece = Piece(agent, rng.choice([old, new]), "all")
            item.will(begins, "claim", piece, ttl=20 * MINUTE)
            book.works(item, piece, begins, 1)
            if piece.cause is old:
                book.replaced.append((piece, new))
        item.play()

    book.later.append(act)


def without_cause(book: Book) -> None:
    """Causes that are nowhere, the event itself, borne by two events, in a circle, or still to come."""
    night, rng = book.night, book.night.rng
    at, item, workflow = book.begin(), night.name("odd"), night.name("workflow")

    def task(seconds: int, agent: str, **rest: object) -> Act:
        return night.task(at + seconds * SECOND, f"{item}_{seconds}", workflow, agent, **rest)

    kind = rng.choice(["nowhere", "itself", "ambiguous", "circle", "future"])
    if kind == "nowhere":
        found = [task(n, night.name("writer"), cause=night.name("lost")) for n in range(rng.randint(1, 2))]
        book.notes += [(kind, frozenset({one})) for one in found]
    elif kind == "itself":
        one = task(0, night.name("writer"))
        one.cause = one.id
        book.notes.append((kind, frozenset({one})))
    elif kind == "ambiguous":
        first = task(0, night.name("writer"))
        task(1, night.name("writer"), event_id=first.event_id)
        book.notes.append((kind, frozenset({task(2, night.name("reader"), cause=first, parent=first)})))
    elif kind == "circle":
        circle = [task(n, night.name("writer")) for n in range(rng.randint(2, 4))]
        for one, cause in zip(circle, [*circle[1:], circle[0]], strict=True):
            one.cause = one.parent = cause
        book.notes.append((kind, frozenset(circle)))
    else:
        early, late = task(0, night.name("writer")), task(rng.randint(1, 60), night.name("writer"))
        early.cause = early.parent = late


def broken(book: Book) -> None:
    """An event that cannot be decoded."""
    night = book.night
    night.write(Act(night.moment(book.begin()), PROGRESS, None, None, None, 2, undecodable="broken"))


SCRIPTS: dict[Callable[[Book], None], int] = {
    clean: 4,
    rivals: 5,
    left: 5,
    at_the_end: 2,
    done_already: 2,
    unclaimed: 2,
    chain: 2,
    digest: 2,
    replaced: 2,
    without_cause: 2,
    broken: 1,
}
"""How often each happens, beside the others."""

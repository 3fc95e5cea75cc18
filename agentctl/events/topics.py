"""What the configuration says of topics and profiles, checked word by word."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agentctl.errors import UsageError
from agentctl.events.decoding import PROMISES
from agentctl.events.locators import Locator, parse_locators
from agentctl.events.profiles import BUILT_IN, CLOUDEVENTS_EVERYWHERE, DEFAULT_PROFILE, FIELDS
from agentctl.events.values import as_duration_ms
from agentctl.model.event import Role
from agentctl.model.near import near_names

Fields = Mapping[str, tuple[Locator, ...]]

DEFAULT_STALE_AFTER_MS = 15 * 60 * 1000
KEY_FIELDS = ("workflow_id", "work_item", "event_id", "agent", "type", "cause")
"""What a record key may be configured to be."""

_GUESSES = {
    "claims": Role.CLAIM,
    "results": Role.RESULT,
    "progress": Role.PROGRESS,
    "events": Role.TASK,
    "tasks": Role.TASK,
}
_KEYS = ("role", "agent", "ttl", "stale_after", "profile", "key", "work_item", "format")


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """What is configured for one topic; None where it is not."""

    role: Role | None = None
    agent: str | None = None
    ttl_ms: int | None = None
    stale_after_ms: int = DEFAULT_STALE_AFTER_MS
    profile: str = DEFAULT_PROFILE
    key: str | None = None
    """The field that the record key is promised to be."""
    work_item: tuple[Locator, ...] | None = None
    format: str | None = None
    """The format that every value is promised to have: ``json`` or ``text``."""


def guessed_role(topic: str) -> Role:
    """Guess a role from the end of a topic's name: ``content-claims`` is a claims topic."""
    last = topic.lower().replace(".", "-").replace("_", "-").rpartition("-")[2]
    return _GUESSES.get(last, Role.OTHER)


def parse_profiles(tables: Mapping[str, object]) -> Mapping[str, Fields]:
    """Return every profile by name, the built-in ones too. Raises UsageError for what cannot be meant."""
    built_in = {
        name: {
            field: parse_locators(_plain_lists(spec), f"{name}.{field}") for field, spec in profile.items()
        }
        for name, profile in BUILT_IN.items()
    }
    found: dict[str, Fields] = dict(built_in)
    for name in tables:
        found[name] = _profile(name, tables, built_in, ())
    everywhere = {f: parse_locators(list(spec), f) for f, spec in CLOUDEVENTS_EVERYWHERE.items()}
    return {name: _with_cloudevents(fields, everywhere) for name, fields in found.items()}


def _plain_lists(spec: Iterable[object]) -> list[object]:
    return [
        {key: list(parts) for key, parts in one.items()} if isinstance(one, Mapping) else one for one in spec
    ]


def _with_cloudevents(fields: Fields, everywhere: Fields) -> Fields:
    """Add the attributes of CloudEvents at the end of each field that does not name them itself."""
    result = dict(fields)
    for field, locators in everywhere.items():
        own = {locator.text for locator in fields[field]}
        result[field] = (*fields[field], *(one for one in locators if one.text not in own))
    return result


def _profile(
    name: str, tables: Mapping[str, object], built_in: Mapping[str, Fields], above: tuple[str, ...]
) -> Fields:
    if name in above:
        raise UsageError(
            f"profile {name} extends itself: {' extends '.join((*above, name))}",
            hint="let one of them extend plain",
        )
    if name in built_in and name not in tables:
        return built_in[name]
    if name in built_in:
        raise UsageError(
            f"profile.{name} has the name of a built-in profile",
            hint=f'give it another name, with extends = "{name}"',
        )
    table = tables[name]
    if not isinstance(table, Mapping):
        raise UsageError(f"profile.{name} is not a table", hint=f"write it as [profile.{name}]")
    for key in table:
        _must_be_known(key, ("extends", *FIELDS), f"field profile.{name}.{key}")
    base = table.get("extends", DEFAULT_PROFILE)
    if not isinstance(base, str):
        raise UsageError(f"profile.{name}.extends is no text", hint='write extends = "plain"')
    must_be_profile(base, {*BUILT_IN, *tables}, f"profile.{name} extends")
    fields = dict(_profile(base, tables, built_in, (*above, name)))
    for field, spec in table.items():
        if field != "extends":
            fields[field] = parse_locators(spec, f"profile.{name}.{field}")
    return fields


def must_be_profile(name: str, known: Iterable[str], who: str) -> None:
    """Raise UsageError for a profile that is not there, with near names."""
    known = tuple(known)
    if name not in known:
        near = near_names(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(known))}"
        raise UsageError(f"{who} the profile {name!r}, which is not defined", hint=hint)


def parse_topics(tables: Mapping[str, object], profiles: Iterable[str]) -> Mapping[str, TopicSettings]:
    """Return what is configured, by topic. Raises UsageError for what cannot be meant."""
    profiles = tuple(profiles)
    return {topic: _topic(topic, table, profiles) for topic, table in tables.items()}


def _topic(topic: str, table: object, profiles: tuple[str, ...]) -> TopicSettings:
    where = f"topics.{topic}"
    if not isinstance(table, Mapping):
        raise UsageError(f"{where} is not a table", hint=f"write it as [{where}] with settings below")
    for key in table:
        _must_be_known(key, _KEYS, f"setting {where}.{key}")
    role, key, format_ = (_text(table, name, where) for name in ("role", "key", "format"))
    for name, word, words in (
        ("role", role, tuple(Role)),
        ("key", key, KEY_FIELDS),
        ("format", format_, PROMISES),
    ):
        if word is not None:
            _must_be_known(word, words, f"{name} {word!r} in {where}.{name}")
    profile = _text(table, "profile", where) or DEFAULT_PROFILE
    must_be_profile(profile, profiles, f"{where} names")
    stale_after_ms = _duration(table, "stale_after", where)
    return TopicSettings(
        role=None if role is None else Role(role),
        agent=_text(table, "agent", where),
        ttl_ms=_duration(table, "ttl", where),
        stale_after_ms=DEFAULT_STALE_AFTER_MS if stale_after_ms is None else stale_after_ms,
        profile=profile,
        key=key,
        work_item=parse_locators(table["work_item"], f"{where}.work_item") if "work_item" in table else None,
        format=format_,
    )


def _text(table: Mapping[str, object], name: str, where: str) -> str | None:
    found = table.get(name)
    if found is not None and (not isinstance(found, str) or not found):
        raise UsageError(f"{where}.{name} is no text", hint=f'write {name} = "…"')
    return found


def _duration(table: Mapping[str, object], name: str, where: str) -> int | None:
    found = table.get(name)
    duration_ms = as_duration_ms(found)
    if found is not None and not duration_ms:
        raise UsageError(
            f"{where}.{name} is no length of time: {found!r}",
            hint=f'write {name} = "30m", or a number of seconds',
        )
    return duration_ms


def _must_be_known(word: str, words: Iterable[str], what: str) -> None:
    words = tuple(str(one) for one in words)
    if word not in words:
        near = near_names(word, words, 1)
        hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(words)}"
        raise UsageError(f"unknown {what}", hint=hint)

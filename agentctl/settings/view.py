"""The configuration as answers: the list of contexts, and every setting with its origin."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agentctl.model.view import Column, Kind, Shown, View
from agentctl.settings.contexts import Context
from agentctl.settings.files import leaves
from agentctl.settings.secrets import shown

if TYPE_CHECKING:
    from agentctl.settings.layers import Settings

_NONE_YET = "No context is defined. agentctl sandbox up makes one; config.toml may hold your own."


def list_view(contexts: Mapping[str, Context], current: str | None) -> View:
    """Answer which contexts there are, and which one is used when none is named."""
    rows = [
        {
            "name": context.name,
            "current": context.name == current,
            "brokers": _brokers(context),
            "protected": context.protected,
            "archive": _text(context, "archive"),
            "file": context.origin,
        }
        for context in contexts.values()
    ]
    missing = current is not None and current not in contexts
    return View(
        name="contexts",
        title="contexts",
        columns=(
            Column("name", "NAME"),
            Column("current", "CURRENT", Kind.FLAG),
            Column("brokers", "BROKERS"),
            Column("protected", "PROTECTED", Kind.FLAG),
            Column("archive", "ARCHIVE", shown=Shown.WIDE),
            Column("file", "FILE", shown=Shown.WIDE),
        ),
        rows=rows,
        summary={"current": current},
        notes=(
            *([] if rows else [_NONE_YET]),
            *([f"The current context {current} is not defined any more."] if missing else []),
        ),
        next=("agentctl context use NAME",) if rows and (current is None or missing) else (),
    )


def settings_view(settings: "Settings") -> View:
    """Answer what is set, to what, and by what; secrets are never told."""
    rows = [
        {"setting": value.name, "value": str(value), "origin": value.origin}
        for value in settings.values.values()
    ]
    for table, content in (("profile", settings.profiles), ("topics", settings.topics)):
        rows += [
            {"setting": ".".join(keys), "value": _written(value), "origin": settings.origins.get(keys, "")}
            for keys, value in leaves(content, (table,))
        ]
    return View(
        name="settings",
        title=settings.context or "no context",
        columns=(
            Column("setting", "SETTING"),
            Column("value", "VALUE"),
            Column("origin", "FROM"),
        ),
        rows=rows,
        context=settings.context,
        summary={
            "context": settings.context,
            "context_origin": settings.context_origin,
            "protected": settings.protected,
        },
        facts=("protected",) if settings.protected else (),
        notes=(f"chosen by {settings.context_origin}",) if settings.context_origin else (),
    )


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _brokers(context: Context) -> str | None:
    for _, table in context.tables:
        if "brokers" in table:
            brokers = table["brokers"]
            parts = brokers if isinstance(brokers, list) else [brokers]
            return shown("brokers", ",".join(str(part) for part in parts))
    return None


def _text(context: Context, key: str) -> str | None:
    found = next((table[key] for _, table in context.tables if key in table), None)
    return None if found is None else shown(key, str(found))

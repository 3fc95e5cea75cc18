"""Whether a default, which is written in JSON, is of its field's type.

Of a union any branch may take it (specification 1.12, "Schema Record"); bytes are text of code points to 255.
"""

from typing import Any

from agentctl.schemas.avro.schema import Array, Enum, Fixed, Map, Node, Primitive, Record, Union, kind

_RANGES = {"int": 2**31, "long": 2**63}


def fault_of(node: Node, written: Any) -> str | None:
    """Return what is wrong with a default, as the rest of a sentence; None when it is of that type."""
    if isinstance(node, Union):
        if any(fault_of(branch, written) is None for branch in node.branches):
            return None
        return "is of no branch of its union"
    if isinstance(node, Primitive):
        return None if _is_primitive(node.type, written) else f"is no {node.type}"
    if isinstance(node, Enum):
        return (
            None if isinstance(written, str) and written in node.symbols else f"is no symbol of {node.name}"
        )
    if isinstance(node, Fixed):
        fits = _is_primitive("bytes", written) and len(written) == node.size
        return None if fits else f"has not the {node.size} bytes of {node.name}"
    if isinstance(node, Array):
        return _of_items(node, written)
    if not isinstance(written, dict):
        return f"is no {kind(node)}, which is written as an object"
    return _of_map(node, written) if isinstance(node, Map) else _of_record(node, written)


def _of_items(node: Array, written: Any) -> str | None:
    if not isinstance(written, list):
        return "is no array, which is written as a list"
    found = (fault_of(node.items, one) for one in written)
    return next((f"has an item that {fault}" for fault in found if fault is not None), None)


def _of_map(node: Map, written: dict[str, Any]) -> str | None:
    found = (fault_of(node.values, one) for one in written.values())
    return next((f"has a value that {fault}" for fault in found if fault is not None), None)


def _of_record(node: Record, written: dict[str, Any]) -> str | None:
    for field in node.fields:
        if field.name in written:
            fault = fault_of(field.type, written[field.name])
            if fault is not None:
                return f"has a field {field.name} that {fault}"
        elif not field.has_default:
            return f"lacks the field {field.name}, which has no default of its own"
    return None


def _is_primitive(type_: str, written: Any) -> bool:
    match type_:
        case "null":
            return written is None
        case "boolean":
            return isinstance(written, bool)
        case "int" | "long":
            return type(written) is int and -_RANGES[type_] <= written < _RANGES[type_]
        case "float" | "double":
            return type(written) in (int, float)
        case "string":
            return isinstance(written, str)
        case _:
            return isinstance(written, str) and all(ord(one) < 256 for one in written)

"""What names say, and that no other file is taken for one of the archive's."""

import pytest

from agentctl.archive.keys import UNDATED, LookupKey, ObjectKey, month_of
from tests.archive.made import KEY


def test_a_key_is_read_back_below_any_prefix() -> None:
    for prefix in ("", "archive", "a/b/"):
        assert ObjectKey.parse(KEY.under(prefix)) == KEY
    assert KEY.under("cold/") == (
        "cold/topic=research-events/gen=0L80lW8CTK29fnaO9pEYbg/p=2/00000000000000000040.avro"
    )


def test_a_foreign_key_is_none_of_ours() -> None:
    for key in (
        "readme.txt",
        KEY.name[:-1],
        KEY.name.replace("p=2", "p=x"),
        "topic=/gen=/p=0/0.avro",
        KEY.sidecar,
        KEY.pending,
    ):
        assert ObjectKey.parse(key) is None


def test_a_sidecar_and_a_sign_tell_their_object() -> None:
    assert KEY.sidecar == "topic=research-events/gen=0L80lW8CTK29fnaO9pEYbg/p=2/00000000000000000040.idx"
    assert ObjectKey.of_sidecar(f"a/{KEY.sidecar}") == KEY
    assert ObjectKey.of_pending(f"a/{KEY.pending}") == KEY
    assert KEY.pending.startswith("lookup/pending/")
    assert ObjectKey.of_sidecar(KEY.name) is ObjectKey.of_pending(KEY.name) is None


@pytest.mark.parametrize(
    ("period", "name"),
    [
        ("2026-11-23", "lookup/day=2026-11-23/00112233445566aa-981.kidx"),
        ("2026-11", "lookup/month=2026-11/00112233445566aa-981.kidx"),
        (UNDATED, "lookup/day=unknown/00112233445566aa-981.kidx"),
    ],
)
def test_a_lookup_is_named_by_its_days(period: str, name: str) -> None:
    key = LookupKey(period, "00112233445566aa", 981)
    assert key.name == name
    assert LookupKey.parse(f"any/prefix/{name}") == key


@pytest.mark.parametrize(
    "name",
    [
        "lookup/day=2026-11/00112233445566aa-981.kidx",
        "lookup/month=2026-11-23/00112233445566aa-981.kidx",
        "lookup/month=unknown/00112233445566aa-981.kidx",
        "lookup/day=2026-11-23/00112233445566aa-081.kidx",
        "lookup/day=2026-11-23/00112233445566aa.kidx",
        KEY.pending,
    ],
)
def test_what_only_resembles_a_lookup_is_none(name: str) -> None:
    assert LookupKey.parse(name) is None


@pytest.mark.parametrize(
    ("period", "concerned"),
    [
        ("2026-10-31", False),
        ("2026-11-01", True),
        ("2026-11-02", True),
        ("2026-11-03", False),
        ("2026-10", False),
        ("2026-11", True),
        ("2026-12", False),
        (UNDATED, False),
    ],
)
def test_a_window_concerns_the_lookups_of_its_days(period: str, concerned: bool) -> None:
    assert LookupKey(period, "0" * 16, 1).concerns("2026-11-01", "2026-11-02") is concerned


def test_days_go_into_their_month() -> None:
    assert [month_of(period) for period in ("2026-11-23", "2026-11", UNDATED)] == [
        "2026-11",
        "2026-11",
        UNDATED,
    ]

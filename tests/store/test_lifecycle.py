"""What becomes of an archive's objects as they age, by the rules that its bucket gets."""

from collections.abc import Mapping
from typing import Any

import pytest

from agentctl.archive.lifecycle import Policy, rules
from agentctl.errors import UsageError
from agentctl.store.lifecycle import merged
from tests.harness import Program
from tests.store.conftest import Ground

POLICY = Policy(30, "GLACIER", 400)
DATA = "topic=claims-log/gen=AAAAAAAAAAAAAAAAAAAAAA/p=0/00000000000000000000.avro"
SIDECAR = DATA.removesuffix(".avro") + ".idx"
LOOKUP = "lookup/day=2026-11-23/abc-17.kidx"
OTHERS = {
    "ID": "logs",
    "Status": "Enabled",
    "Filter": {"Prefix": "logs/"},
    "Expiration": {"Days": 5},
}


def stands(configuration: Mapping[str, Any], key: str, tags: Mapping[str, str], days: int) -> str:
    """Return the class of an object after so many days, or ``gone``, as S3's documentation has it."""
    class_ = "STANDARD"
    for rule in configuration["LifecycleConfiguration"]["Rules"]:
        filter_ = rule["Filter"]
        both = filter_.get("And", filter_)
        tagged = all(tags.get(one["Key"]) == one["Value"] for one in both.get("Tags", ()))
        if rule["Status"] != "Enabled" or not key.startswith(both["Prefix"]) or not tagged:
            continue
        if rule.get("Expiration", {}).get("Days", days + 1) <= days:
            return "gone"
        for transition in rule.get("Transitions", ()):
            if transition["Days"] <= days:
                class_ = transition["StorageClass"]
    return class_


def tags_of(ground: Ground, key: str) -> dict[str, str]:
    found = ground.admin.get_object_tagging(Bucket=ground.bucket, Key=key)["TagSet"]
    return {one["Key"]: one["Value"] for one in found}


def test_data_cools_what_finds_it_stays_hot_and_all_goes_in_the_end(ground: Ground) -> None:
    store = ground.store
    store.put_new(DATA, b"x")
    store.put_new(SIDECAR, b"x")
    store.replace(LOOKUP, b"x")
    ground.admin.put_object(Bucket=ground.bucket, Key="others/topic=a", Body=b"x")
    _, configuration = merged(store.lifecycle(), rules(store.prefix, POLICY), store.prefix)
    store.replace_lifecycle(configuration)
    kept = {"LifecycleConfiguration": store.lifecycle()}

    def after(days: int) -> list[str]:
        keys = [*(store.prefix + key for key in (DATA, SIDECAR, LOOKUP)), "others/topic=a"]
        return [stands(kept, key, tags_of(ground, key), days) for key in keys]

    assert after(0) == after(29) == ["STANDARD"] * 4
    assert after(30) == after(399) == ["GLACIER", "STANDARD", "STANDARD", "STANDARD"]
    assert after(400) == ["gone", "gone", "gone", "STANDARD"]
    aborts = [r["AbortIncompleteMultipartUpload"] for r in kept["LifecycleConfiguration"]["Rules"]
              if "AbortIncompleteMultipartUpload" in r]  # fmt: skip
    assert aborts == [{"DaysAfterInitiation": 7}]


def test_an_archive_at_the_root_of_a_bucket_reaches_nothing_else() -> None:
    _, configuration = merged({}, rules("", POLICY), "")
    assert stands(configuration, DATA, {"agentctl": "data"}, 400) == "gone"
    assert stands(configuration, "letters/1", {}, 4000) == "STANDARD"


def test_rules_of_others_stay_and_those_that_reach_into_the_archive_are_named() -> None:
    whole = {"ID": "everything", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 1}}
    off = {**whole, "ID": "off", "Status": "Disabled"}
    other_archive = merged({}, rules("b/", POLICY), "b/")[1]["LifecycleConfiguration"]["Rules"]
    present = {"Rules": [OTHERS, whole, off, *other_archive], "TransitionDefaultMinimumObjectSize": "varies"}
    change, configuration = merged(present, rules("a/", POLICY), "a/")
    assert configuration["LifecycleConfiguration"]["Rules"][: len(present["Rules"])] == present["Rules"]
    assert configuration["TransitionDefaultMinimumObjectSize"] == "varies"
    assert change.elsewhere == ["everything"]


def test_a_new_policy_takes_the_place_of_the_one_before() -> None:
    _, before = merged({}, rules("a/", POLICY), "a/")
    change, after = merged(before["LifecycleConfiguration"], rules("a/", Policy(60, "DEEP_ARCHIVE")), "a/")
    assert [standing.value for _, standing in change.rules] == ["changed", "same"]
    assert len(change.going) == 2, "nothing goes any more"
    assert stands(after, "a/" + DATA, {"agentctl": "data"}, 5000) == "DEEP_ARCHIVE"
    again, _ = merged(after["LifecycleConfiguration"], rules("a/", Policy(60, "DEEP_ARCHIVE")), "a/")
    assert not again.anything


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (Policy(30, "STANDARD"), "no class that objects cool to"),
        (Policy(30, "GLACIAL"), "no class that objects cool to"),
        (Policy(7, "STANDARD_IA"), "before 30 days"),
        (Policy(30, "GLACIER", 30), "before they cool"),
    ],
)
def test_a_policy_that_no_store_keeps_is_refused(policy: Policy, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        policy.checked()


def test_the_command_shows_first_and_does_with_execute(ground: Ground, agentctl: Program) -> None:
    ground.admin.put_bucket_lifecycle_configuration(
        Bucket=ground.bucket, LifecycleConfiguration={"Rules": [OTHERS]}
    )

    def lifecycle(*words: str) -> Any:
        return agentctl(
            *("archive", "lifecycle", "--from", f"s3://{ground.bucket}/events", "-o", "json", *words),
            environment={"AGENTCTL_S3_ENDPOINT": ground.endpoint},
        )

    def there() -> list[str]:
        return [
            one["ID"]
            for one in ground.admin.get_bucket_lifecycle_configuration(Bucket=ground.bucket)["Rules"]
        ]

    shown = lifecycle("--cool-after", "30d", "--expire-after", "400d")
    assert shown.exit_code == 0
    assert [row["state"] for row in shown.json["rows"]] == ["new"] * 4
    assert shown.json["summary"]["executed"] is False
    assert there() == ["logs"]
    done = lifecycle("--cool-after", "30d", "--expire-after", "400d", "--execute")
    assert done.json["summary"]["executed"] is True
    assert there() == ["logs", *(row["rule"] for row in done.json["rows"])]
    again = lifecycle("--cool-after", "30d", "--expire-after", "400d", "--execute")
    assert {row["state"] for row in again.json["rows"]} == {"same"}
    later = lifecycle("--cool-after", "60d")
    assert [row["state"] for row in later.json["rows"]] == ["changed", "same", "goes", "goes"]
    assert lifecycle("--cool-after", "36h").exit_code == 2


def test_an_answer_without_rules_is_no_reason_to_forget_those_of_others(ground: Ground) -> None:
    from tests.store.faults import cut

    ground.admin.put_bucket_lifecycle_configuration(
        Bucket=ground.bucket, LifecycleConfiguration={"Rules": [OTHERS]}
    )
    ground.faults.on("GET", "lifecycle", cut(0))
    assert [one["ID"] for one in ground.store.lifecycle()["Rules"]] == ["logs"]
    assert ground.faults.count("GET", "lifecycle") == 2

"""Applying alert rules to a project: only what differs, nobody else's, once and for all, and back again."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentry_sending import Configured

from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.security.rest import RestError
from pytest_tradeops.security.sentry import alerts, applying, lookup
from pytest_tradeops.standins.sentry_rules import DEFAULT
from pytest_tradeops.standins.sentry_service import SentryService


def alert(name: str, minutes: int = 30, level: str = "40") -> alerts.Alert:
    text = f'[[alert]]\nname = "{name}"\nfrequency = "{minutes}m"\n'
    text += 'actions = [{ id = "sentry.mail.actions.NotifyEmailAction", targetType = "IssueOwners" }]\n'
    text += f'filters = [{{ id = "sentry.rules.filters.level.LevelFilter", match = "gte", level = "{level}" }}]\n'
    file = alerts.parse(text)
    assert file.problems == ()
    return file.alerts[0]


A, B, C = alert("a", 30), alert("b", 60), alert("c", 90)


@pytest.fixture
def service() -> Iterator[SentryService]:
    with SentryService() as found:
        yield found


class Project:
    """A project of the stand-in, and what is done to it."""

    def __init__(self, service: SentryService) -> None:
        self.service = service
        configured = Configured(url=service.url, organization="acme", project="bot", token=service.token)
        api = lookup.connect(configured, None)
        assert isinstance(api, lookup.SentryApi)
        self.api = api
        self.rules = applying.Rules(api)

    def apply(self, *wanted: alerts.Alert, prune: bool = False) -> list[applying.Change]:
        changes = applying.plan(wanted, self.rules.listed(), prune=prune)
        return list(applying.carry_out(changes, self.rules))

    def kinds(self, *wanted: alerts.Alert, prune: bool = False) -> list[tuple[str, str]]:
        return [(one.kind, one.name.removeprefix("tradeops: ")) for one in self.apply(*wanted, prune=prune)]

    @property
    def names(self) -> set[str]:
        return {one["name"] for one in self.service.rules.stored.values()}

    def writes(self) -> int:
        return sum(one.request.method != "GET" for one in self.service.server.exchanges)


@pytest.fixture
def project(service: SentryService) -> Project:
    return Project(service)


def test_the_second_time_nothing_is_written(project: Project) -> None:
    assert project.kinds(A, B) == [("create", "a"), ("create", "b")]
    before = project.writes()
    assert project.kinds(A, B) == [("same", "a"), ("same", "b")]
    assert project.writes() == before
    assert project.names == {"tradeops: a", "tradeops: b", DEFAULT["name"]}


def test_what_differs_is_set_right_in_place(project: Project) -> None:
    (made,) = project.apply(A)
    project.service.rules.stored[made.id]["frequency"] = 5
    (changed,) = project.apply(A)
    assert (changed.kind, changed.id, changed.fields) == ("update", made.id, ("frequency",))
    assert project.service.rules.stored[made.id]["frequency"] == 30


def test_rules_of_others_are_never_touched(project: Project) -> None:
    project.rules.create({**A.payload, "name": "a", "frequency": 5})  # the name without our mark
    before = {key: dict(one) for key, one in project.service.rules.stored.items()}
    project.apply(A, B)
    assert project.kinds(prune=True) == [("delete", "a"), ("delete", "b")]
    assert project.service.rules.stored == before


def test_what_the_file_has_no_more_stays_until_it_is_asked_for(project: Project) -> None:
    project.apply(A, B)
    assert project.kinds(B) == [("stray", "a"), ("same", "b")]
    assert project.kinds(B, prune=True) == [("delete", "a"), ("same", "b")]
    assert project.names == {"tradeops: b", DEFAULT["name"]}


def test_a_rule_that_is_there_twice_is_kept_once(project: Project) -> None:
    first, _ = project.apply(A, B)
    project.rules.create({**A.payload, "frequency": 5})
    assert project.kinds(A, B) == [("stray", "a"), ("same", "a"), ("same", "b")]
    assert project.kinds(A, B, prune=True) == [("delete", "a"), ("same", "a"), ("same", "b")]
    assert first.id in project.service.rules.stored


def test_a_renamed_rule_is_refused_with_the_way_out_and_prune_is_it(project: Project) -> None:
    project.apply(A)
    renamed = alert("a, renamed", 30)
    with pytest.raises(RestError, match=r"exact duplicate of 'tradeops: a'.*--prune"):
        project.apply(renamed)
    assert project.kinds(renamed, prune=True) == [("delete", "a"), ("create", "a, renamed")]


def test_lists_of_many_pages_are_read_whole(project: Project) -> None:
    project.service.page = 1
    project.apply(A, B, C)
    assert [kind for kind, _ in project.kinds(A, B, C)] == ["same"] * 3


def state(service: SentryService) -> list[Any]:
    """The rules without what is new whenever one is made."""
    found = []
    for one in service.rules.stored.values():
        actions = [{key: value for key, value in node.items() if key != "uuid"} for node in one["actions"]]
        found.append({**one, "id": "", "actions": actions})
    return sorted(found, key=lambda one: str(one["name"]))


def test_everything_is_taken_back(project: Project) -> None:
    project.apply(A, B)
    next(one for one in project.service.rules.stored.values() if one["name"] == A.name)["frequency"] = 5
    before = state(project.service)
    made = applying.record(project.apply(A, C, prune=True), project.api)
    assert [one["kind"] for one in made["changes"]] == ["delete", "update", "create"]
    said: list[str] = []
    assert applying.undo(json.loads(json.dumps(made)), project.api, project.rules, said.append) == 3
    assert said == ["deleted: tradeops: c", "set back: tradeops: a", "made again: tradeops: b"]
    assert state(project.service) == before


def test_undo_leaves_what_somebody_has_taken_over(project: Project) -> None:
    made = applying.record(project.apply(A, B), project.api)
    first = made["changes"][0]["id"]
    project.service.rules.stored[first]["name"] = "ours now"
    project.rules.delete(made["changes"][1]["id"])
    said: list[str] = []
    assert applying.undo(made, project.api, project.rules, said.append) == 0
    assert [one.partition(":")[0] for one in said] == ["left", "left"]
    assert first in project.service.rules.stored


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda record: record.update(version=2), "no record"),
        (lambda record: record.update(changes="x"), "no record"),
        (lambda record: record["changes"][0].update(kind="same"), "no record"),
        (lambda record: record["changes"][0].update(name="not ours"), "no record"),
        (lambda record: record["changes"][0].update(kind="update"), "no record"),
        (lambda record: record["changes"][0].update(kind="delete", before={"name": "not ours"}), "no record"),
        (lambda record: record.update(project="/api/0/projects/acme/other/"), "of another project"),
        (lambda record: record.update(server="https://sentry.io"), "of another project"),
    ],
)
def test_undo_takes_only_a_record_of_this_project(project: Project, change: Any, told: str) -> None:
    made = applying.record(project.apply(A), project.api)
    change(made)
    before = project.writes()
    with pytest.raises(TradeopsError, match=told):
        applying.undo(made, project.api, project.rules, lambda _: None)
    assert project.writes() == before


@given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_nothing_else_is_a_record(given: Any) -> None:
    with pytest.raises(TradeopsError, match="no record"):
        applying.undo(given, None, None, lambda _: None)  # type: ignore[arg-type]  # neither is asked


def test_what_was_done_until_a_call_failed_is_known(project: Project) -> None:
    done: list[applying.Change] = []
    changes = applying.plan([A, B], project.rules.listed())
    rules = project.rules
    create = rules.create
    calls = iter([True, False])

    def failing(payload: Any) -> str:
        if not next(calls):
            raise RestError("Sentry fails.", kind="failing", status=500)
        return create(payload)

    rules.create = failing  # type: ignore[method-assign]
    with pytest.raises(RestError):
        done.extend(applying.carry_out(changes, rules))
    assert [one.name for one in done] == [A.name]
    assert applying.undo(applying.record(done, project.api), project.api, rules, lambda _: None) == 1
    assert project.names == {DEFAULT["name"]}


def test_a_rule_that_is_made_in_a_moment_gets_its_id_later() -> None:
    made = [applying.Change("create", A.name), applying.Change("same", B.name, "2")]
    assert [one.id for one in applying.identified(made, [{"id": 9, "name": A.name}])] == ["9", "2"]
    assert [one.id for one in applying.identified(made, [])] == ["", "2"]


NAMES = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 3)), unique_by=lambda one: one[0], max_size=4)


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.tuples(NAMES, st.booleans()), min_size=1, max_size=4))
def test_whatever_was_applied_before_the_file_holds_afterwards_and_everything_can_be_undone(
    steps: Sequence[tuple[list[tuple[str, int]], bool]],
) -> None:
    with SentryService() as service:
        project = Project(service)
        for names, prune in steps:
            # Each its own content: Sentry refuses rules that differ in their name alone.
            wanted = [alert(name, 30 * times + ord(name), "40") for name, times in names]
            before = state(service)
            made = applying.record(project.apply(*wanted, prune=prune), project.api)
            applying.undo(made, project.api, project.rules, lambda _: None)
            assert state(service) == before
            project.apply(*wanted, prune=prune)
            kinds = {kind for kind, _ in project.kinds(*wanted)}
            assert kinds <= ({"same"} if prune else {"same", "stray"})

"""Files that anybody wrote: broken, hostile, wrapped, or something else; one sentence each, and never a traceback."""

import json
import re
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.monitoring.lint import lint
from pytest_tradeops.monitoring.lint.engine import nothing_examined
from pytest_tradeops.monitoring.lint.reading import MAX_DEPTH, Unreadable, parse

FIXTURES = Path(__file__).parent / "fixtures"
RULES = (FIXTURES / "uid-duplicate" / "clean.yaml").read_text(encoding="utf-8")
BOARD = (FIXTURES / "refid-duplicate" / "clean.json").read_text(encoding="utf-8")
ROUTES = (FIXTURES / "receiver-unknown" / "clean.yaml").read_text(encoding="utf-8")

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "is_json", "said"),
    [
        ('{"a": 1,}', True, "is no JSON: .* \\(line 1, column 9\\)"),
        ('{"a": NaN}', True, "NaN is not a JSON number"),
        ("[" * 100_000, True, f"more than {MAX_DEPTH} levels deep \\(line 1\\)"),
        ("9" * 10_000, True, "a number is too long"),
        ("a: [1, 2", False, "is no YAML: .* \\(line 2"),
        ("a: b: c", False, "is no YAML: mapping values are not allowed"),
        ("[" * 100_000, False, f"more than {MAX_DEPTH} levels deep"),
        ("- " * 5_000 + "x", False, f"more than {MAX_DEPTH} levels deep"),
        (BOMB, False, "values once its aliases are written out"),
        ("a: &a [*a]", False, "stands inside of what it names"),
        ("a: *nobody", False, "undefined alias"),
        ("a\0b", False, "NUL byte"),
        ("a: \x07", False, "a character that YAML does not allow"),
        ("? [a, b]\n: c", False, "is no YAML"),
        ("a: !!timestamp 2020-99-99", False, ""),
        ("a: 0o9_9__", False, ""),
        ("<<: 5", False, "is no YAML"),
    ],
)
def test_a_broken_or_hostile_file_is_one_sentence(text: str, is_json: bool, said: str) -> None:
    refused = refusal(text.encode(), is_json=is_json)
    assert re.search(said, refused) if said else not refused


def refusal(raw: bytes, *, is_json: bool) -> str:
    """Why the reader refuses it, as one sentence; empty if it does not."""
    try:
        parse(raw, is_json=is_json)
    except Unreadable as error:
        return str(error) if "\n" not in str(error) and len(str(error)) < 300 else "not one sentence"
    return ""


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(Unreadable, match="is not UTF-8"):
        parse(b"\xff\xfe\x00", is_json=False)


def test_a_byte_order_mark_and_dates_are_read_as_they_are_written() -> None:
    assert parse(b"\xef\xbb\xbf{}", is_json=True).documents == ({},)
    assert parse(b"a: 2020-01-01\nb: &x {c: 1}\nd: {<<: *x}", is_json=False).documents == (
        {"a": "2020-01-01", "b": {"c": 1}, "d": {"c": 1}},
    )


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_break_the_reader(raw: bytes, is_json: bool) -> None:
    assert refusal(raw, is_json=is_json) != "not one sentence"


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Every path into a document."""
    found = [path]
    if isinstance(value, dict):
        found += [one for name, inner in value.items() for one in places(inner, (*path, name))]
    elif isinstance(value, list):
        found += [one for index, inner in enumerate(value) for one in places(inner, (*path, index))]
    return found


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_sound_file_with_anything_in_any_place_is_examined_without_a_crash(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from([yaml.safe_load(RULES), json.loads(BOARD), yaml.safe_load(ROUTES)]))
    document = json.loads(json.dumps(source))
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from([one for one in places(document) if one]))
        holder = document
        for step in path:
            holder = holder[step]
        holder[last] = data.draw(_VALUES)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file.json")
        file.write_text(json.dumps(document), encoding="utf-8")
        report = lint([file])
    for one in report.findings:
        assert one.message
        assert one.remedy
        assert "Traceback" not in one.message


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_nothing_of_grafanas_is_passed_over_in_a_folder_and_told_where_it_was_named(tmp_path: Path) -> None:
    named = write(tmp_path, "package.json", '{"name": "x", "version": "1"}')
    write(tmp_path, "broken.json", "{not json")
    write(tmp_path, "values.yaml", "a: {{ template }}")
    write(tmp_path, "inventory.json", '{"datasources": [{"name": "Loki"}], "logs": []}')
    report = lint([tmp_path])
    assert (report.findings, report.examined) == ([], {})
    assert nothing_examined(report)
    assert lint([named]).skipped == [f"{named} holds no dashboard, alerting or data source of Grafana."]


def test_a_broken_file_of_ours_is_found_in_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "pnl.json", BOARD.replace('"panels": [', '"panels": [,'))
    assert [one.kind for one in lint([tmp_path]).findings] == ["file-unreadable"]


def test_links_that_go_round_and_folders_of_tools_are_no_trap(tmp_path: Path) -> None:
    write(tmp_path, "node_modules/x/pnl.json", BOARD)
    write(tmp_path, ".hidden/pnl.json", BOARD)
    (tmp_path / "loop").symlink_to(tmp_path)
    write(tmp_path, "pnl.json", BOARD)
    assert lint([tmp_path, tmp_path / "pnl.json"]).examined["dashboards"] == 1


def test_dashboards_and_rules_are_found_in_their_wrappings(tmp_path: Path) -> None:
    board, rules = json.loads(BOARD), yaml.safe_load(RULES)
    board["panels"][0]["targets"][0]["rawSql"] = ""
    rules["groups"][0]["rules"][0]["condition"] = "Z"
    group = rules["groups"][0]
    row = {"type": "row", "collapsed": True, "panels": board["panels"]}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    query = {"kind": "PanelQuery", "spec": {"refId": "A", "query": {"group": "postgres", "spec": {"rawSql": ""}}}}
    element = {"spec": {"id": 1, "title": "T", "data": {"spec": {"queries": [query]}}, "vizConfig": {"group": "stat"}}}
    wrapped = {
        "api": ({"dashboard": board, "meta": {}}, "query-empty"),
        "row": ({**board, "panels": [row]}, "query-empty"),
        "rows": ({**{k: v for k, v in board.items() if k != "panels"}, "rows": [row]}, "query-empty"),
        "configmap": ({**manifest, "data": {"pnl.json": json.dumps(board)}}, "query-empty"),
        "v1": ({**manifest, "kind": "Dashboard", "spec": board}, "query-empty"),
        "v2": ({**manifest, "kind": "Dashboard", "spec": {"title": "T", "elements": {"a": element}}}, "query-empty"),
        "rules": (group["rules"], "condition-unknown"),
        "group": ({"title": "risk", "folderUid": "f", "interval": 10, "rules": group["rules"]}, "condition-unknown"),
    }
    for name, (value, kind) in wrapped.items():
        file = write(tmp_path, f"{name}.json", json.dumps(value))
        assert kind in {one.kind for one in lint([file]).findings}, name


def test_what_is_on_another_data_source_is_not_ours(tmp_path: Path) -> None:
    board = json.loads(BOARD)
    prometheus = {"type": "prometheus", "uid": "prom"}
    board["panels"][0] |= {
        "datasource": prometheus,
        "targets": [{"refId": "A", "expr": "up", "datasource": prometheus}],
    }
    report = lint([write(tmp_path, "up.json", json.dumps(board))])
    assert report.findings == []
    assert "queries" not in report.examined
    assert report.examined["panels of other data sources"] == 1


def test_a_provisioned_type_decides_where_a_query_only_names_its_source(tmp_path: Path) -> None:
    board = json.loads(BOARD)
    for one in board["panels"][0]["targets"]:
        one.update(format=1, rawSql="SELECT 1 AS v")
    board["panels"][0]["datasource"] = "QuestDB"
    source = {
        "apiVersion": 1,
        "datasources": [
            {
                "name": "QuestDB",
                "uid": "q",
                "type": "questdb-questdb-datasource",
                "jsonData": {"server": "q", "port": 8812, "username": "$U", "tlsMode": "disable"},
                "secureJsonData": {"password": "$P"},
            }
        ],
    }
    write(tmp_path, "source.yaml", yaml.safe_dump(source))
    write(tmp_path, "pnl.json", json.dumps(board))
    assert lint([tmp_path]).findings == []
    (tmp_path / "source.yaml").unlink()
    assert {one.kind for one in lint([tmp_path]).findings} == {"format-invalid"}


def test_files_of_the_provisioning_folder_beside_a_file_say_what_it_refers_to(tmp_path: Path) -> None:
    rules = yaml.safe_load(RULES)
    for rule in rules["groups"][0]["rules"]:
        rule["data"][0]["datasourceUid"] = "own"
    source = {"apiVersion": 1, "datasources": [{"name": "own", "uid": "own", "type": "postgres", "user": "admin"}]}
    write(tmp_path, "provisioning/datasources/own.yaml", yaml.safe_dump(source))
    file = write(tmp_path, "provisioning/alerting/rules.yaml", yaml.safe_dump(rules))
    report = lint([file])
    # Resolved by it, but it was not asked to be examined.
    assert report.findings == []
    assert {one.kind for one in lint([tmp_path]).findings} == {"datasource-can-write", "datasource-incomplete"}


def test_what_an_export_blanks_out_is_no_credential(tmp_path: Path) -> None:
    routes = yaml.safe_load(ROUTES)
    routes["contactPoints"][0]["receivers"][0]["settings"]["bottoken"] = "[REDACTED]"
    assert lint([write(tmp_path, "export.yaml", yaml.safe_dump(routes))]).findings == []


def test_without_contact_points_nobody_knows_whether_a_receiver_exists(tmp_path: Path) -> None:
    routes = yaml.safe_load(ROUTES)
    del routes["contactPoints"]
    report = lint([write(tmp_path, "policies.yaml", yaml.safe_dump(routes))])
    assert report.findings == []
    assert "no contact points were given" in report.skipped[0]


@pytest.mark.parametrize(("mode", "found"), [("HTML", True), ("None", False), ("discord", False)])
def test_html_matters_where_a_telegram_reads_it(mode: str, found: bool, tmp_path: Path) -> None:
    routes, rules = yaml.safe_load(ROUTES), yaml.safe_load(RULES)
    rules["groups"][0]["rules"][0]["annotations"] = {"summary": "equity < 0"}
    if mode == "discord":
        del routes["contactPoints"][0], routes["policies"][0]["routes"]
    else:
        routes["contactPoints"][0]["receivers"][0]["settings"]["parse_mode"] = mode
    write(tmp_path, "routes.yaml", yaml.safe_dump(routes))
    write(tmp_path, "rules.yaml", yaml.safe_dump(rules))
    assert ("annotation-html" in {one.kind for one in lint([tmp_path]).findings}) is found

"""Records of known weaknesses in OSV's format, and which of them concern a component; no network.

The format: https://ossf.github.io/osv-schema/. A folder of `*.json`, or the archive that OSV publishes per ecosystem
(`PyPI/all.zip`), holds one record per file.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...exceptions import TradeopsError
from ...locks import normalised

ECOSYSTEM = "PyPI"
#: Bytes of one record; the largest of OSV's for PyPI lists thousands of versions in half a megabyte.
LARGEST = 8_000_000


@dataclass(frozen=True, slots=True)
class Database:
    """Records by id, and by the packages that they name.

    Attributes:
        records: Id to the record as it was read; withdrawn ones are left out.
    """

    records: Mapping[str, Mapping[str, Any]]
    by_package: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def concerning(self, name: str, version: str) -> list[Mapping[str, Any]]:
        """The records that a version of a package of PyPI falls under, by id."""
        ids = self.by_package.get(normalised(name), ())
        return [self.records[one] for one in ids if affects(self.records[one], name, version)]


def of(records: list[Mapping[str, Any]]) -> Database:
    """A database of these records.

    Raises:
        TradeopsError: one has no id.
    """
    kept: dict[str, Mapping[str, Any]] = {}
    packages: dict[str, list[str]] = {}
    for record in records:
        identity = record.get("id")
        if not isinstance(identity, str) or not identity:
            raise TradeopsError("A record of the database has no id.", remedy="Take records in OSV's format.")
        if record.get("withdrawn"):
            continue
        kept[identity] = record
        for name in {normalised(package) for package, _ in _affected(record)}:
            packages.setdefault(name, []).append(identity)
    return Database(kept, {name: tuple(sorted(ids)) for name, ids in packages.items()})


def load(place: Path) -> Database:
    """Reads a folder or an archive of records.

    Raises:
        TradeopsError: there is none, a record is broken, or there is no record at all.
    """
    records: list[Mapping[str, Any]] = []
    for name, data in _files(place):
        try:
            record = json.loads(data)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise TradeopsError(f"{name} in {place} is no record in JSON.", remedy="Download the database anew.")
        records.append(record)
    if not records:
        raise TradeopsError(f"{place} holds no record.", remedy="Name a folder of *.json, or OSV's all.zip for PyPI.")
    return of(records)


def affects(record: Mapping[str, Any], name: str, version: str) -> bool:
    """Whether a version falls under a record: it is listed, or lies in a range of the ecosystem's versions."""
    wanted = normalised(name)
    return any(
        normalised(package) == wanted
        and (_listed(one, version) or any(_within(each, version) for each in _ranges(one)))
        for package, one in _affected(record)
    )


def _affected(record: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in _list(record.get("affected")):
        package = one.get("package") if isinstance(one, dict) else None
        if isinstance(package, dict) and package.get("ecosystem") == ECOSYSTEM and isinstance(package.get("name"), str):
            yield package["name"], one


def _listed(affected: Mapping[str, Any], version: str) -> bool:
    from packaging.version import InvalidVersion, Version

    versions = [str(one) for one in _list(affected.get("versions"))]
    if version in versions:
        return True
    try:
        wanted = Version(version)
    except InvalidVersion:
        return False
    for one in versions:
        try:
            if Version(one) == wanted:
                return True
        except InvalidVersion:
            continue
    return False


def _ranges(affected: Mapping[str, Any]) -> Iterator[list[tuple[str, str]]]:
    for one in _list(affected.get("ranges")):
        if isinstance(one, dict) and one.get("type") == "ECOSYSTEM":
            yield [
                (str(kind), str(at))
                for event in _list(one.get("events"))
                if isinstance(event, dict)
                for kind, at in event.items()
            ]


def _within(events: list[tuple[str, str]], version: str) -> bool:
    """The evaluation that OSV's format describes: events in the order of versions, the last one before decides."""
    from packaging.version import InvalidVersion, Version

    try:
        wanted = Version(version)
        lowest = Version("0.dev0")
        ordered = sorted(
            (lowest if at == "0" else Version(at), kind != "introduced", kind)
            for kind, at in events
            if kind in ("introduced", "fixed", "last_affected")
        )
    except InvalidVersion:
        return False
    inside = False
    for at, _, kind in ordered:
        if kind == "introduced" and wanted >= at:
            inside = True
        elif (kind == "fixed" and wanted >= at) or (kind == "last_affected" and wanted > at):
            inside = False
    return inside


def _files(place: Path) -> Iterator[tuple[str, bytes]]:
    try:
        if place.is_dir():
            for path in sorted(place.rglob("*.json")):
                if path.stat().st_size > LARGEST:
                    raise TradeopsError(f"{path.name} in {place} is too large for a record.")
                yield path.name, path.read_bytes()
            return
        with zipfile.ZipFile(place) as archive:
            for info in archive.infolist():
                if info.filename.endswith(".json"):
                    if info.file_size > LARGEST:
                        raise TradeopsError(f"{info.filename} in {place} is too large for a record.")
                    yield info.filename, archive.read(info)
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError) as error:
        raise TradeopsError(
            f"The database {place} cannot be read: {getattr(error, 'strerror', None) or error}.",
            remedy="Name a folder of *.json, or OSV's all.zip for PyPI.",
        ) from None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

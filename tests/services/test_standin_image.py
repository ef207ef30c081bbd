"""The local image: built once per content, safe for two builders at once, known by its label and not by its name."""

import dataclasses
import io
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker_alone import engine_alone

from pytest_tradeops.exceptions import NoImage
from pytest_tradeops.model import Grade
from pytest_tradeops.services.engine import connect, probe
from pytest_tradeops.services.questdb import jar
from pytest_tradeops.services.questdb.container import ContainerProvider
from pytest_tradeops.services.settings import ServicesSettings
from pytest_tradeops.services.standin_image import LABEL, Recipe, ensure_standin, is_standin, recipe_for

pytestmark = [pytest.mark.docker, pytest.mark.slow]

BUILDER = """
import dataclasses, sys
from pathlib import Path
from pytest_tradeops.services.engine import connect, probe
from pytest_tradeops.services.standin_image import ensure_standin, recipe_for
recipe = dataclasses.replace(recipe_for(Path(sys.argv[1])), digest=sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
print(ensure_standin(connect(probe().address), recipe))
"""


@pytest.fixture(scope="module", autouse=True)
def alone() -> Iterator[None]:
    with engine_alone():
        yield


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    found = connect(probe().address)
    yield found
    found.close()


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return recipe_for(jar.get().path)


@pytest.fixture(scope="module")
def standin(client: Any, recipe: Recipe) -> str:
    return ensure_standin(client, recipe)


@pytest.fixture
def tag(client: Any) -> Iterator[str]:
    """A name of our own in the vendor's repository; the vendor's images keep theirs."""
    name = f"questdb/questdb:test-{secrets.token_hex(4)}"
    yield name
    client.images.remove(name, force=True)


def test_recipe_changes_with_the_jar_and_with_nothing_else(recipe: Recipe, tmp_path: Path) -> None:
    moved = tmp_path / "moved.jar"
    moved.write_bytes(recipe.jar.read_bytes())
    assert recipe_for(moved).digest == recipe.digest
    with moved.open("ab") as stream:
        stream.write(b"x")  # a zip file is read from its end; a byte more is another content all the same
    assert recipe_for(moved).digest != recipe.digest
    assert recipe.version == jar.VERSION


def test_second_use_builds_nothing(
    client: Any, recipe: Recipe, standin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ensure_standin(client, recipe) == standin
    assert capsys.readouterr().err == ""


def test_image_says_what_it_is_made_of(client: Any, recipe: Recipe, standin: str) -> None:
    image = client.images.get(standin)
    assert f"pytest-tradeops/questdb-standin:{jar.VERSION}-{recipe.digest}" in image.tags
    assert is_standin(image.labels)
    assert image.labels[f"{LABEL}.jar-sha256"] == jar.SHA256
    assert image.labels[f"{LABEL}.java"] == recipe.java


def test_two_builders_at_once_build_one_image(client: Any, recipe: Recipe) -> None:
    digest = f"test{secrets.token_hex(4)}"
    command = [sys.executable, "-c", BUILDER, str(recipe.jar), digest]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    builders = [subprocess.Popen(command, text=True, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    try:
        for builder in builders:
            assert builder.stdout.readline() == "ready\n"
        for builder in builders:
            builder.stdin.write("go\n")
            builder.stdin.flush()
        said = [builder.communicate(timeout=120) for builder in builders]
        images = {out.strip() for out, _ in said}
        assert len(images) == 1
        assert "".join(images).startswith("sha256:")
        assert sum(err.count("building a local QuestDB") for _, err in said) == 1
    finally:
        for builder in builders:
            builder.kill()
            builder.communicate()
        client.images.remove(dataclasses.replace(recipe, digest=digest).name, force=True)


def test_standin_under_the_vendors_name_stays_embedded(client: Any, standin: str, tag: str) -> None:
    client.images.get(standin).tag(tag)
    running = ContainerProvider().start(ServicesSettings(questdb_image=tag))
    running.stop()
    assert running.handle.grade is Grade.EMBEDDED
    assert running.handle.origin == f"stand-in image, jar {jar.VERSION} on Java 25"


def test_image_without_the_label_counts_as_container(client: Any, recipe: Recipe, standin: str, tag: str) -> None:
    dockerfile = f"FROM {recipe.name}\nLABEL {LABEL}=0\n".encode()
    client.images.build(fileobj=io.BytesIO(dockerfile), tag=tag, rm=True)
    running = ContainerProvider().start(ServicesSettings(questdb_image=tag))
    running.stop()
    assert running.handle.grade is Grade.CONTAINER
    assert running.handle.origin == f"image {tag}"


def test_absent_image_is_replaced_by_the_standin_and_that_is_said(
    standin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    running = ContainerProvider().start(ServicesSettings(questdb_image="tradeops.invalid/questdb:1"))
    running.stop()
    assert running.handle.grade is Grade.EMBEDDED
    said = capsys.readouterr().err
    assert "Image tradeops.invalid/questdb:1 is absent and cannot be pulled" in said
    assert "A local stand-in takes its place, which counts as embedded." in said


def test_no_image_and_no_standin_name_both_reasons(tmp_path: Path) -> None:
    settings = ServicesSettings(questdb_image="tradeops.invalid/questdb:2", questdb_jar=str(tmp_path / "no.jar"))
    with pytest.raises(NoImage) as caught:
        ContainerProvider().start(settings)
    assert "Image tradeops.invalid/questdb:2 is absent and cannot be pulled" in caught.value.message
    assert f"Nor is there a stand-in: TRADEOPS_QUESTDB_JAR names no file: {tmp_path}/no.jar." in caught.value.message
    assert "docker pull tradeops.invalid/questdb:2" in caught.value.remedy

"""The same seed gives the same bytes, and what cannot be simulated is refused."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dmp_assets.foundation.settings.settings import load_settings
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.run import SimulationError, WorldReport, simulate


def fingerprints(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_seed_gives_the_same_bytes_whatever_the_number_of_threads(tmp_path: Path) -> None:
    simulate(150, 4, 5, tmp_path / "one")
    program = "import sys; from pathlib import Path; from dmp_assets.simulation.run import simulate; "
    program += "simulate(150, 4, 5, Path(sys.argv[1]))"
    environment = os.environ | {"POLARS_MAX_THREADS": "1"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "two")], check=True, env=environment)
    assert fingerprints(tmp_path / "one") == fingerprints(tmp_path / "two")
    simulate(150, 4, 6, tmp_path / "three")
    assert fingerprints(tmp_path / "one") != fingerprints(tmp_path / "three")


def test_streams_depend_on_seed_purpose_and_place_and_on_nothing_else() -> None:
    drawn = [stream(*key).random() for key in ((1, "a", 2), (2, "a", 2), (1, "b", 2), (1, "a", 3), (1, "a", 2))]
    assert len(set(drawn)) == 4
    assert drawn[0] == drawn[-1]


def test_packed_files_carry_no_time_of_their_own(world: WorldReport) -> None:
    for path in (world.out / "landing" / "web").iterdir():
        assert path.read_bytes()[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"


def test_the_configuration_loads_and_names_every_folder(world: WorldReport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DMP_DATA_DIR", raising=False)
    settings = load_settings(world.out / "dmp.yaml")
    check_sources(settings.sources)
    assert settings.landing_dir == world.out / "landing"
    assert {path.name for path in settings.landing_dir.iterdir()} == set(settings.sources)


@pytest.mark.parametrize(("people", "days"), [(1, 1), (2, 3)])
def test_the_smallest_worlds_can_be_made(tmp_path: Path, people: int, days: int) -> None:
    assert simulate(people, days, 0, tmp_path / "out").people == people


@pytest.mark.parametrize(
    ("people", "days", "seed", "message"),
    [(0, 1, 1, "people: 0"), (1, 0, 1, "days: 0"), (1, 1, -1, "seed: -1")],
)
def test_numbers_out_of_range_are_refused(tmp_path: Path, people: int, days: int, seed: int, message: str) -> None:
    with pytest.raises(SimulationError, match=f"{message}; allowed: "):
        simulate(people, days, seed, tmp_path / "out")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(SimulationError, match="not empty"):
        simulate(1, 1, 1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]

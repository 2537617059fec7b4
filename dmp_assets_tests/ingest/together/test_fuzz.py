"""Files with random faults, in every format: nothing fails, nothing is lost; ``make fuzz`` takes ten thousand."""

import random

import pytest

from benchmarks.fuzz import LostError, check_account, fuzz, mutate, read_mutated
from benchmarks.fuzz_seeds import RECORDS, SEEDS


@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_files_lose_no_record_and_break_no_table(seed: int) -> None:
    tally = fuzz(files=11 * len(SEEDS), seed=seed)
    assert sum(tally.files.values()) == 11 * len(SEEDS)
    assert {name for name, _ in tally.files} == {seed.name for seed in SEEDS}
    # Most files still hold records, good and bad, so the account has been put to work.
    assert tally.records > 3 * len(SEEDS) * RECORDS
    assert 0 < tally.rejected < tally.records


def test_every_seed_is_read_whole(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.fuzz.mutate", lambda data, _: data)
    for number, seed in enumerate(SEEDS):
        reading, _ = read_mutated(seed, number, random.Random(number), tmp_path)
        assert (reading.status, reading.records, reading.rejected) == ("ok", RECORDS, 0), seed.name


def test_a_lost_record_is_noticed(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.fuzz.mutate", lambda data, _: data)
    (seed,) = (seed for seed in SEEDS if seed.name == "segment")
    reading, data = read_mutated(seed, 1, random.Random(1), tmp_path)
    with pytest.raises(LostError, match="every line is a record"):
        check_account(seed, reading, data + b'{"type": "track"}\n')


def test_faults_are_the_same_for_a_seed() -> None:
    assert mutate(b"a,b\n1,2\n" * 9, random.Random(3)) == mutate(b"a,b\n1,2\n" * 9, random.Random(3))

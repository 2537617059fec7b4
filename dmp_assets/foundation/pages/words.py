"""Words of the report in one language: sentences from a catalogue, numbers and days as that language writes them."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.dates import format_date
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)

UNKNOWN = "-"
"""What stands where a value is not known; 0 would be a claim."""

MANY = 10_000
"""From here on sentences and figures write amounts shortly: 4.6M. Tables always write them out."""


class UnknownWordsError(KeyError):
    """The catalogue has no text of this name."""


class Words(string.Formatter):
    """Texts by name, filled with values.

    A text names a value and how it is written: ``{revenue:money}``, ``{share:percent}``, ``{day:day}``,
    ``{orders:count order|orders}``. Without a kind the value stands as it is.
    """

    def __init__(self, texts: Mapping[str, str], language: str = "en", currency: str = "USD") -> None:
        self.texts, self.locale, self.currency = texts, Locale.parse(language), currency

    def __call__(self, name: str, **values: Any) -> str:
        """Return the text of a name, with its values filled in.

        Raises:
            UnknownWordsError: There is none of this name.

        >>> from decimal import Decimal
        >>> words = Words({"sold": "{orders:count order|orders} worth {sales:money} by {day:day}"})
        >>> words("sold", orders=1, sales=Decimal("9.5"), day=date(2017, 3, 1))
        '1 order worth $9.50 by 1 Mar 2017'
        """
        try:
            text = self.texts[name]
        except KeyError:
            raise UnknownWordsError(f"there is no text {name!r} in the catalogue of words") from None
        return self.vformat(text, (), values)

    def has(self, name: str) -> bool:
        """Return whether the catalogue has a text of this name."""
        return name in self.texts

    def named(self, prefix: str, value: object) -> str:
        """Return the catalogue's text for a value of the data, such as a segment's name; the value where it has none.

        >>> Words({"stage.lapsed": "Lapsed"}).named("stage", "lapsed")
        'Lapsed'
        >>> Words({}).named("stage", "lapsed")
        'lapsed'
        """
        return self.texts.get(f"{prefix}.{value}", UNKNOWN if value is None else str(value))

    def get_value(self, key: int | str, _args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return a value by its name; the base class also knows places, which no text uses."""
        return kwargs[str(key)]

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a value as its kind is written."""
        if format_spec.startswith("count "):
            one, many = format_spec.removeprefix("count ").split("|")
            return f"{self.write(value, 'number')} {one if value == 1 else many}"
        return self.write(value, format_spec or "text", is_short=True)

    def write(self, value: Any, kind: str, *, is_short: bool = False) -> str:
        """Return a value in words: a number, an amount in the base currency, a rate in per cent, a day.

        Args:
            value: None and NaN are unknown.
            kind: One of ``blocks.Kind``.
            is_short: Write numbers from ten thousand on with three digits and a letter.

        >>> from decimal import Decimal
        >>> words = Words({})
        >>> [words.write(value, kind) for value, kind in ((1234, "number"), (0.0512, "percent"), (None, "money"))]
        ['1,234', '5.1%', '-']
        >>> words.write(Decimal("4596039.58"), "money", is_short=True), words.write(Decimal("4596039.58"), "money")
        ('$4.6M', '$4,596,039.58')
        """
        if value is None or value != value:  # NaN is not itself
            return UNKNOWN
        if kind in ("number", "decimal", "money", "percent"):
            return self._number(value, kind, is_short=is_short and abs(value) >= MANY)
        if isinstance(value, date):
            return str(format_date(value, "d MMM y", locale=self.locale))
        return str(value)

    def _number(self, value: Any, kind: str, *, is_short: bool) -> str:
        if kind == "percent":
            pattern = self.locale.percent_formats[None].pattern
            return str(format_percent(value, pattern.replace("##0", "##0.#"), locale=self.locale))
        if kind == "money":
            if is_short:
                return str(format_compact_currency(value, self.currency, locale=self.locale, fraction_digits=1))
            return str(format_currency(value, self.currency, locale=self.locale))
        if is_short:
            return str(format_compact_decimal(value, locale=self.locale, fraction_digits=1))
        return str(format_decimal(value, "#,##0.##" if kind == "decimal" else "#,##0", locale=self.locale))


@dataclass(frozen=True)
class Catalogue:
    """The texts of one language."""

    language: str
    texts: Mapping[str, str]


def read_catalogue(path: Path) -> Catalogue:
    """Return the texts of a file, by their names with dots: ``overview: {title: ...}`` is ``overview.title``.

    Args:
        path: A YAML file, named after its language: ``en.yaml``.
    """
    loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return Catalogue(path.stem, dict(_flat(loaded, "")))


def _flat(tree: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found = []
    for name, value in tree.items():
        path = f"{prefix}{name}"
        found += _flat(value, f"{path}.") if isinstance(value, Mapping) else [(path, str(value).strip())]
    return found

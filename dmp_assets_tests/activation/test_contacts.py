"""Hashes of contacts equal the examples that Google and Meta publish."""

import polars as pl
import pytest

from dmp_assets.activation.contacts import NORMALISED, meta_place, sha256

GOOGLE = "google_customer_match"
META = "meta_customer_list"

# developers.google.com/data-manager/api/devguides/audiences/send-audience-members (members 1, 2 and 4)
OF_GOOGLE = [
    ("email", "dana@example.com", "07e2f1394b0ea80e2adca010ea8318df697001a005ba7452720edda4b0ce57b3"),
    ("email", "DanaM@example.com", "1df6b43bc68dd38eca94e6a65b4f466ae537b796c81a526918b40ac4a7b906c7"),
    ("email", "ALEXF@example.com", "19de0a9906ebee29fe82087be5ec44f3c01e40730bc808b663c71f19dd6b12f2"),
    ("email", "AlexF@cymbalgroup.com", "7d2d80e240594dcee2e57f57885ee286c4b232dd142234d7a0af6d31cc86679b"),
    ("email", "cloudySanFrancisco@GMAIL.com", "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4"),
    ("phone", "+1-800-555-0100", "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"),
    ("phone", "+1 800-555-0101", "61d6c2976b5d92b1ad63073a12fddd26040cd980067d03a93dd1cc50f1a3ac68"),
    # developers.google.com/data-manager/api/devguides/concepts/formatting: the same mailbox, with dot and tag
    (
        "email",
        "cloudy.sanfrancisco+shopping@gmail.com",
        "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4",
    ),
]

# developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters
OF_META = [
    ("email", "John_Smith@gmail.com", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"),
    ("phone", "+1 (650) 555-1212", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
]


@pytest.mark.parametrize(
    ("platform", "kind", "value", "published"),
    [(GOOGLE, *example) for example in OF_GOOGLE] + [(META, *example) for example in OF_META],
)
def test_a_hash_equals_the_example_that_the_platform_publishes(
    platform: str, kind: str, value: str, published: str
) -> None:
    written = pl.DataFrame({"value": [value]}).select(NORMALISED[platform][kind]())["value"]
    assert sha256(written).to_list() == [published]


def test_only_mailboxes_of_google_lose_dots_and_tags() -> None:
    emails = ["a.b+c@gmail.com", "a.b+c@googlemail.com", "a.b+c@mygmail.com", "a.b+c@gmail.com.de", "a.b@x.org"]
    written = pl.DataFrame({"value": emails}).select(NORMALISED[GOOGLE]["email"]())["value"].to_list()
    assert written == ["ab@gmail.com", "ab@googlemail.com", "a.b+c@mygmail.com", "a.b+c@gmail.com.de", "a.b@x.org"]
    assert pl.DataFrame({"value": emails}).select(NORMALISED[META]["email"]())["value"].to_list() == emails


def test_a_country_of_meta_has_the_published_hash_and_nothing_is_hashed_to_nothing() -> None:
    # The same page: country US, city new york
    places = pl.DataFrame({"place": ["US", "New York"]}).select(meta_place("place"))["place"]
    assert places.to_list() == ["us", "newyork"]
    assert sha256(places)[0] == "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"
    assert sha256(pl.Series([None], dtype=pl.String)).to_list() == [None]

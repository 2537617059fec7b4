"""What people are asked consent for: one set of words for all sources and settings."""

TCF_PURPOSES = {
    1: "store_and_access_device",
    2: "select_basic_advertising",
    3: "create_advertising_profile",
    4: "select_personalised_advertising",
    5: "create_content_profile",
    6: "select_personalised_content",
    7: "measure_advertising",
    8: "measure_content",
    9: "understand_audiences",
    10: "develop_services",
    11: "select_basic_content",
}
"""Number -> name of the purposes of the IAB Europe Transparency and Consent Framework 2.2."""

BROAD_PURPOSES = (
    "necessary",
    "functional",
    "analytics",
    "personalisation",
    "marketing",
    "advertising",
    "personalised_advertising",
    "data_sharing",
)
"""Purposes of sources that ask more broadly than TCF: marketing is one's own messages, advertising is paid media."""

PURPOSES = (*TCF_PURPOSES.values(), *BROAD_PURPOSES)


def known_purpose(purpose: str) -> str:
    """Return the purpose if it is one.

    Raises:
        ValueError: It is none; the message names those that are.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"{purpose!r} is no purpose of consent; allowed: {', '.join(PURPOSES)}")
    return purpose

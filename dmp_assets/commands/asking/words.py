"""Words as the finder compares them: without endings, and one for all that mean the same.

A few rules and a list of the words of this trade. A stemmer from a library knows English, but neither that a voucher is
a coupon nor that a lapsed customer is a dormant one, and with forty questions that list decides.
"""

import re
import unicodedata

_LEFT_OUT = frozenset(
    """
    a about actually all am an and any are as at be been being but by can could did do does each either else
    ever every far for from get gets give gives had has have her here him his how i if in into is it its let
    list many may me might much must my of on one or other our out over per please really shall she should show
    so some tell than that the their them then there these they this those to up us usually very was we were
    what when where which while who whom whose why will with would you your
    """.split()  # noqa: SIM905 - a list of words is read as one
)
"""Words that stand in any question."""

_ALIKE = """
    people person customer buyer shopper client household user visitor account
    buy bought buying purchase order transaction
    item product article sku goods merchandise
    revenue sale sales sell sold selling turnover takings earn earned money
    category department
    channel traffic medium acquisition google facebook instagram
    average mean avg typical typically
    top best biggest largest highest strongest leading
    new first newcomer earliest
    again repeat repeatedly repurchase second twice
    back return
    retention retain retained stay stayed stick loyal loyalty
    lapsed lapse dormant inactive churn churned lost sleeping silent stopped quit gone
    campaign mailing promotion action
    redeem redeemed redemption coupon voucher
    share percent percentage proportion fraction
    refund refunded reversal cancel cancelled cancellation reimburse
    basket cart bundle
    together combination combine pair alongside cross
    place country city region town location geography geographic
    age old older young younger
    discount rebate reduction markdown
    hour clock oclock
    weekday monday tuesday wednesday thursday friday saturday sunday weekend
    day daily
    week weekly
    month monthly january february march april june july august september october november december
    year yearly annual season seasonal seasonality
    record line row entry
    quarantine quarantined reject rejected refuse refused invalid unusable
    late delay delayed lateness
    source feed delivery supplier
    recommend recommendation recommended
    land landing entrance entry enter
    device mobile desktop platform app
    convert conversion converting
    segment group cluster audience
    consent consented permission optin gdpr contactable
    merge merged duplicate unify unified same
    gap interval between elapsed until
    trend develop development growth grow
    cost budget expense
    price pricing priced expensive cheap cheaper cheapest
    stock stockout
    value worth spend spent spending
    tenure longstanding
    session visit
    click clicked clicking
    without lacking lack
    depend dependent dependence rely
    won win winning reactivate reactivation
    migration move moved moving migrate
"""

_VOWELS = "aeiouy"


def concepts(text: str) -> set[str]:
    """Return what a text speaks of: the stems of its words, one for all that mean the same.

    >>> sorted(concepts("How often do buyers redeem vouchers?"))
    ['often', 'peopl', 'redeem']
    >>> concepts("Categories") == concepts("the category")
    True
    """
    plain = unicodedata.normalize("NFKD", text.replace("%", " percent ").replace("_", " ")).lower()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    stems = (stem(word) for word in words if word not in _LEFT_OUT)
    return {_MEANING.get(one, one) for one in stems}


def stem(word: str) -> str:
    """Return a word without its ending.

    >>> [stem(word) for word in ("categories", "shopping", "redeemed", "purchases", "days", "loss")]
    ['category', 'shop', 'redeem', 'purchas', 'day', 'loss']
    """
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        word = word[:-1]
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and any(letter in _VOWELS for letter in rest):
            doubled = rest[-1] == rest[-2] and rest[-1] not in "lsz"
            return _bare(rest[:-1] if doubled else rest)
    return _bare(word)


def _bare(word: str) -> str:
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


_MEANING = {
    stem(word): stem(line.split()[0]) for line in reversed(_ALIKE.strip().splitlines()) for word in line.split()
}

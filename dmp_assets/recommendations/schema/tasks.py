"""Words of the tables: tasks, paths, reasons, metrics, and what they mean."""

REPEAT, DISCOVER, NEXT = TASKS = ("repeat", "discover", "next")
DAYS_AHEAD = (REPEAT, DISCOVER)
"""Tasks that look ``holdout_days`` ahead; *next* looks half an hour ahead."""
NEWEST_DAYS, STACKED_WINDOWS, PER_PERSON = WAYS = ("newest_days", "stacked_windows", "per_person")
BLEND, SEGMENT_POPULARITY, _POPULARITY, CONTENT = PATHS = ("blend", "segment_popularity", "popularity", "content")
REASON_KINDS = ("item", "own", "people", "popular", "segment", "category")
EXCLUSIONS = ("no_consent", "out_of_stock", "blocked_category", "bought_recently", "max_per_category")
"""Rules that keep an item out of a list; where several do, the first is named."""
STATUSES = ("ok", "not_enough_data")
PERSON_METRICS = ("recall", "ndcg", "map", "hit_rate")
LIST_METRICS = ("coverage", "gini", "novelty", "popularity_lift")
CUTOFFS = (5, 10, 20)

TASK = (
    "repeat: what the person will buy next, known items allowed; discover: items never bought by the person; "
    "next: what the person will touch next in a sitting."
)
JUDGED_BY = (
    "newest_days: what people took on the newest days; stacked_windows: on several windows of days, where one has "
    "fewer than 500 people; per_person: the newest fifth of each person's items, where days have fewer than 20 people, "
    "or, of next, each person's newest step in a sitting. Models know the rest."
)
SERVED_BY = (
    "Path: blend (the chosen model), segment_popularity and popularity (where the model has no opinion, as on people "
    "without history), content (new items, by what the person likes)."
)
PEOPLE, _CONTENT = LIKENESSES = ("people", CONTENT)
CHOICE, AS_OF, REFUSED, CATALOGUE = "choice", "as_of", "refused", "raw_items"
SOURCES = ("event_items", "order_items", "visitors", "persons", "consent", "demographics", "raw_items", "items")
AS_OF_INPUT = "as_of: the last day that counts, which its fingerprint is"
RULES_INPUT = "rules: settings, and the code and layout of the tables."
INTERVAL = "end of the 95 % interval of it, by a paired bootstrap over people."

"""The queries of ``dmp recommend``; their parameters are variables: person, item, task."""

from dmp_assets.recommendations.schema.tasks import NEXT, TASKS

_SERVED_BY = {
    "blend": "the chosen models",
    "segment_popularity": "what is popular in the segment",
    "popularity": "what is popular",
    "content": "new, by what the person likes",
}
_RESTS_ON = {"people": "people who touched both", "content": "what they are"}


def _spelled_out(column: str, words: dict[str, str]) -> str:
    """Return the SQL of a column in words; a value that has none stays as it is."""
    cases = " ".join(f"WHEN '{value}' THEN '{said}'" for value, said in words.items())
    return f"CASE {column} {cases} ELSE {column} END"


LISTS = f"""
SELECT r.task, r.rank, r.item_id, coalesce(i.display_name, r.item_id) AS item_name, i.item_category, r.reason,
       {_spelled_out("r.served_by", _SERVED_BY)} AS served_by
FROM recommendations.recommendations AS r LEFT JOIN item_catalogue AS i USING (item_id)
WHERE r.person_id = getvariable('person') AND coalesce(r.task = getvariable('task'), true)
ORDER BY list_position({list(TASKS)}, r.task), r.task, r.rank
"""  # noqa: S608 - text of this module
"""The places of a person, of one task or of all."""

LIST = f"SELECT * EXCLUDE (task) FROM ({LISTS})"  # noqa: S608

LIKE = f"""
SELECT n.rank, n.similar_item_id AS item_id, coalesce(i.display_name, n.similar_item_id) AS item_name, i.item_category,
       round(n.similarity, 4) AS similarity, {_spelled_out("n.likeness", _RESTS_ON)} AS rests_on, n.people_together
FROM recommendations.item_neighbours AS n LEFT JOIN item_catalogue AS i ON i.item_id = n.similar_item_id
WHERE n.item_id = getvariable('item') ORDER BY n.rank
"""  # noqa: S608
"""The items most like one."""

TOGETHER = """
SELECT b.rank, b.other_item_id AS item_id, coalesce(i.display_name, b.other_item_id) AS item_name, i.item_category,
       b.orders_together, round(b.confidence_rate, 4) AS confidence_rate, round(b.lift, 2) AS lift
FROM recommendations.bought_together AS b LEFT JOIN item_catalogue AS i ON i.item_id = b.other_item_id
WHERE b.item_id = getvariable('item') ORDER BY b.rank
"""
"""What stands in one order with it."""

RELATED = f"""
SELECT 'like' AS relation, * FROM ({LIKE}) UNION ALL BY NAME SELECT 'bought_together' AS relation, * FROM ({TOGETHER})
ORDER BY relation DESC, rank
"""  # noqa: S608
"""Both, for programs."""

HOW_MANY = """
SELECT (SELECT count(*) FROM recommendations.item_neighbours WHERE item_id = $1) AS alike,
       (SELECT count(*) FROM recommendations.bought_together WHERE item_id = $1) AS together
"""

TASKS_SERVED = f"""
SELECT task, max(as_of_date) AS as_of_date FROM recommendations.recommendations WHERE person_id = $1 GROUP BY task
ORDER BY list_position({list(TASKS)}, task), task
"""  # noqa: S608

STORED = f"""
SELECT m.task, max(r.rank) AS rank, max(c.candidate_rank) AS candidate_rank, max(c.excluded_by) AS excluded_by
FROM recommendations.model_choice AS m
LEFT JOIN recommendations.recommendations AS r ON r.task = m.task AND r.person_id = $1 AND r.item_id = $2
LEFT JOIN recommendations.recommendation_candidates AS c ON c.task = m.task AND c.person_id = $1 AND c.item_id = $2
WHERE m.is_chosen AND (
    m.task <> '{NEXT}' OR m.task IN (SELECT task FROM recommendations.serving_paths WHERE places > 0))
GROUP BY m.task ORDER BY list_position({list(TASKS)}, m.task), m.task
"""  # noqa: S608
"""What is stored of an item in the lists of a person, a row for each list that is served."""

DAY_OF_LISTS = "SELECT max(as_of_date) AS as_of_date FROM recommendations.serving_paths"

ANSWERS = """
SELECT unnest(from_json(getvariable('answers'), '[{"task": "VARCHAR", "item_id": "VARCHAR", "item_name": "VARCHAR",
    "rank": "BIGINT", "candidate_rank": "BIGINT", "excluded_by": "VARCHAR", "place": "BIGINT", "items": "BIGINT",
    "answer": "VARCHAR"}]'), recursive := true)
"""
"""Answers to why-not, given as JSON: they are printed as the rows of any other query."""

"""How well recommendations name what people take next: ``python -m benchmarks.recommendations [--level product]``.

Complete Journey, products and product categories, the newest 28 days. What is served is chosen on the 28 days before
those (``select`` sees nothing later), fitted on everything before the test, and judged beside every family of models.
NDCG@10 over people with something to find; intervals are of paired bootstraps. With ``--boost`` re-ranking by LightGBM
is tried too, and what it would do on the test stands beside, served or not.
"""

import argparse
import sys
import time
from dataclasses import replace
from datetime import timedelta

import polars as pl

from benchmarks.grocer import grocer_lines
from dmp_assets.recommendations.choice.boost_gate import boost_of, judge_boosted
from dmp_assets.recommendations.choice.contest import Contest, Contestant, judge_contestants
from dmp_assets.recommendations.choice.selection import Selection, select
from dmp_assets.recommendations.dataset.windows import hold_out
from dmp_assets.recommendations.models.families import PERSONAL, POPULARITY, Member, fit_members
from dmp_assets.recommendations.ranking.blend import Choice
from dmp_assets.recommendations.schema.tasks import DAYS_AHEAD

HORIZON_DAYS = 28
REFERENCES = {
    ("product_category", "repeat"): {"popularity": 0.546, "personal": 0.641, "item_knn": 0.429, "ease": 0.551},
    ("product_category", "discover"): {"popularity": 0.184, "user_knn": 0.195, "ease": 0.200},
    ("product", "repeat"): {"popularity": 0.184, "personal": 0.408},
    ("product", "discover"): {"popularity": 0.035, "item_knn": 0.043},
}
BOUNDS = {
    ("product_category", "repeat"): 0.651,
    ("product_category", "discover"): 0.200,
    ("product", "repeat"): 0.411,
    ("product", "discover"): 0.048,
}
"""What the served choice must reach, to three digits: the best blends measured when these bounds were set."""


def main() -> int:
    """Print the tables and return 0 where the choice of each task reaches its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--level", choices=("product_category", "product"), help="one level only")
    parser.add_argument("--boost", action="store_true", help="try re-ranking by LightGBM too (extra boost)")
    given = parser.parse_args()
    levels = [given.level] if given.level else ["product_category", "product"]
    reached = [_run(one, boost=given.boost) for one in levels]
    return 0 if all(reached) else 1


def _run(level: str, *, boost: bool) -> bool:
    lines = grocer_lines(level)
    before = lines.lazy().filter(pl.col("event_at") < pl.col("event_at").max() - timedelta(days=HORIZON_DAYS))
    started, cpu = time.monotonic(), time.process_time()
    selection = select(before, horizon_days=HORIZON_DAYS, boost=boost)
    chosen_in = (time.monotonic() - started, time.process_time() - cpu)
    contest = _contest(lines, selection)
    if boost:
        for task, choice in selection.choices.items():
            _print_boost(level, task, contest, choice, selection.table)
    judged = [_print_task(level, task, contest, selection) for task in DAYS_AHEAD]
    print(f"{level}: chosen in {chosen_in[0]:.0f} s (CPU {chosen_in[1]:.0f} s)\n", flush=True)
    return all(judged)


def _contest(lines: pl.DataFrame, selection: Selection) -> Contest:
    """Return the choices and the best of each family, fitted on everything before the test and judged on it."""
    holdout = hold_out(lines.lazy(), None, HORIZON_DAYS)
    served = [*selection.choices.values(), *(choice for choices in selection.families.values() for choice in choices)]
    members: list[Member] = [member for choice in served for member in choice.members]
    contest = Contest(holdout, (fit_members(holdout.newest.interactions, members),))
    plain = [_plain(choice) for choice in served]
    judge_contestants(contest, dict.fromkeys(DAYS_AHEAD, plain))
    return contest


def _print_boost(level: str, task: str, contest: Contest, choice: Choice, table: pl.DataFrame) -> None:
    """Judge the choice with re-ranking on the test, print it beside that without, and what the validation said."""
    plain, started = _plain(choice), time.process_time()
    boosted = replace(plain, boost=choice.boost or boost_of(contest.holdout.newest, task))
    if not judge_boosted(contest, task, boosted):
        print(f"{level} / {task}: too few people to learn an order from")
        return
    cpu = time.process_time() - started
    print(f"{level} / {task}, with and without re-ranking (CPU {cpu:.0f} s to learn and judge)")
    for name, contestant in (("without", plain), ("with", boosted)):
        mean, error = contest.mean_and_error(task, contestant)
        print(f"{name:>10} {mean:.4f} {error:.4f}")
    found = contest.difference(task, boosted, plain)
    print(f"difference {found.difference:+.4f} ({found.low:+.4f} {found.high:+.4f})")
    rows = table.filter(pl.col("task") == task, pl.col("candidate") == "reranked")
    for row in rows.iter_rows(named=True):
        print(f"validation: {row['reason']}; served: {'yes' if row['is_chosen'] else 'no'}\n")


def _contestant(choice: Choice) -> Contestant:
    return Contestant(choice.members, choice.weights, choice.boost)


def _plain(choice: Choice) -> Contestant:
    return Contestant(choice.members, choice.weights)


def _print_task(level: str, task: str, contest: Contest, selection: Selection) -> bool:
    """Print the table of one task and return whether the choice reaches its bound."""
    choice, references, bound = selection.choices[task], REFERENCES[level, task], BOUNDS[level, task]
    families = {one.members[0].family: _contestant(one) for one in selection.families[task]}
    people = contest.values[task, families[POPULARITY]].size
    holdout = contest.holdout
    print(
        f"{level} / {task}: {people:,} people, {holdout.first_date} to {holdout.last_date}, fitted on what was before"
    )
    print(f"{'':>8} {'NDCG@10':>8} {'error':>7} {'reference':>9} {'over popularity':>27} {'over personal':>27}")
    for name, contestant in {"served": _contestant(choice), **families}.items():
        mean, error = contest.mean_and_error(task, contestant)
        over = [
            contest.difference(task, contestant, families[family])
            for family in (POPULARITY, PERSONAL)
            if family in families
        ]
        shown = " ".join(f"{found.difference:+.4f} ({found.low:+.4f} {found.high:+.4f})" for found in over)
        reference = bound if name == "served" else references.get(name)
        beside = f"{reference:9.3f}" if reference else f"{'':9}"
        print(f"{name:>10} {mean:.4f} {error:.4f} {beside} {shown}  {contestant}")
    mean, _ = contest.mean_and_error(task, _contestant(choice))
    reached = round(mean, 3) >= bound
    print(f"served {mean:.4f}, bound {bound}: {'reached' if reached else 'MISSED'}; chosen because: {choice.reason}\n")
    return reached


if __name__ == "__main__":
    sys.exit(main())

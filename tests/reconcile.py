#!/usr/bin/env python3
"""Reconciles one --out directory: every account by channel, period and kind against every total.

    python3 tests/reconcile.py DIR

Knows nothing of the programme but its files. All means are added with math.fsum; what differs by more than
1e-9 of the total is told, and the exit status is then 1.
"""
import csv
import math
import sys
from collections import defaultdict
from pathlib import Path

REVENUE = ["new_revenue", "existing_revenue"]
MARKETING = ["media_cost", "lead_cost", "content_cost"]
SALES = ["salary_cost", "sdr_salary_cost", "commission_cost"]
COST = MARKETING + ["fixed_cost"] + SALES + ["programme_cost"]
COUNTS = ["leads", "won"]


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def main(directory):
    accounts = defaultdict(list)  # (scenario, start, kind) -> means
    channels = defaultdict(list)  # (scenario, channel, kind) -> means
    for row in rows(directory / "accounts.csv"):
        mean = float(row["mean"])
        accounts[row["scenario"], row["start_day"], row["account"]].append(mean)
        if int(row["start_day"]) >= 0:
            channels[row["scenario"], row["channel"], row["account"]].append(mean)

    totals = {}  # (scenario, start, metric) -> mean
    for row in rows(directory / "periods.csv"):
        if row["mean"]:
            totals[row["scenario"], row["start_day"], row["metric"]] = float(row["mean"])

    runs = defaultdict(list)  # (scenario, metric) -> value of each replication
    for row in rows(directory / "replications.csv"):
        for name in REVENUE + COST + COUNTS:
            if row.get(name):
                runs[row["scenario"], name].append(float(row[name]))

    checks, faults = 0, 0

    def check(what, found, total):
        nonlocal checks, faults
        checks += 1
        if abs(found - total) > 1e-9 * abs(total):
            faults += 1
            print(f"{what}: accounts {found!r}, total {total!r}")

    def held(scenario, start, kinds):
        return math.fsum(mean for kind in kinds for mean in accounts[scenario, start, kind])

    periods = sorted({(s, d) for s, d, _ in totals}, key=lambda key: (key[0], int(key[1])))
    sums = {
        **{kind: [kind] for kind in REVENUE + COST + COUNTS},
        "revenue": REVENUE,
        "marketing_cost": MARKETING,
        "sales_cost": SALES,
        "cost": COST,
    }
    for scenario, start in periods:
        for metric, kinds in sums.items():
            if (scenario, start, metric) in totals:
                check(
                    f"{scenario}, day {start}, {metric}",
                    held(scenario, start, kinds),
                    totals[scenario, start, metric],
                )
    for (scenario, kind), values in runs.items():
        starts = [start for name, start in periods if name == scenario and int(start) >= 0]
        found = math.fsum(held(scenario, start, [kind]) for start in starts)
        check(f"{scenario}, all periods, {kind}", found, math.fsum(values) / len(values))

    for scenario in sorted({scenario for scenario, _ in periods}):
        print(f"{scenario}: means from day 0 to the horizon, by channel")
        names = sorted({channel for name, channel, _ in channels if name == scenario})
        kinds = [kind for kind in REVENUE + COST if any(channels[scenario, c, kind] for c in names)]
        width = max(len(name or "no channel") for name in names)
        print(" " * width, *(f"{kind:>17}" for kind in kinds))
        for name in names:
            cells = (math.fsum(channels[scenario, name, kind]) for kind in kinds)
            print(f"{name or 'no channel':<{width}}", *(f"{cell:17,.2f}" for cell in cells))
    print(f"{checks} totals reconciled, {faults} differ by more than 1e-9")
    return 1 if faults or checks == 0 else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

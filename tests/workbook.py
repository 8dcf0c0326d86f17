#!/usr/bin/env python3
"""Compares a workbook and data files with the JSON of the same run.

    python3 tests/workbook.py WORKBOOK.xlsx DIR RESULT.json

WORKBOOK, DIR and RESULT are what one `compare` wrote with --xlsx, --out and --json. LibreOffice calculates every formula
of the workbook again; then every total, every main number and every part of a split must be that of the JSON, and every
Parquet must be its CSV. Knows nothing of the programme but its files. Needs soffice, openpyxl and pyarrow.
"""
import csv
import datetime
import json
import math
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import openpyxl
import pyarrow.parquet

# What makes LibreOffice calculate again whatever it loads.
RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""

checks, faults = 0, 0


def check(what, found, expected, tolerance=1e-9):
    global checks, faults
    checks += 1
    if found is None or expected is None:
        agree = found is expected
    elif isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        agree = abs(found - expected) <= tolerance * max(1.0, abs(expected))
    else:
        agree = found == expected
    if not agree:
        faults += 1
        print(f"{what}: {found!r}, not {expected!r}")


def recalculated(workbook, directory):
    """The workbook as LibreOffice computes it, formulas replaced by their results."""
    user = directory / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(RECALCULATE, encoding="utf-8")
    subprocess.run(
        [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{directory / 'profile'}",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(directory),
            str(workbook),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=300,
    )
    with warnings.catch_warnings():
        # Charts as LibreOffice writes them are of no interest.
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(directory / workbook.name, data_only=True)


def table(sheet, head):
    """Rows of the table whose heads stand in row `head`, as dictionaries, up to the first empty row."""
    names = [cell.value for cell in sheet[head]]
    for row in sheet.iter_rows(min_row=head + 1, values_only=True):
        if row[0] is None:
            return
        yield dict(zip(names, row))


def head_row(sheet, first):
    """The row whose first cell is `first`."""
    return next(row[0].row for row in sheet.iter_rows(max_col=1) if row[0].value == first)


def results(result):
    """Every scenario's result by its name, and every alternative."""
    alternatives = result.get("alternatives", [])
    first = result.get("baseline", result)
    return {of["scenario"]: of for of in [first] + [a["result"] for a in alternatives]}, alternatives


def check_interval(what, row, of):
    """An interval lies around its mean, as wide as some quantile of Student's t says."""
    if of["standard_error"]:
        half = (row["95 % high"] - row["95 % low"]) / 2
        check(f"{what}, middle", (row["95 % high"] + row["95 % low"]) / 2, of["mean"], 1e-7)
        ratio = half / of["standard_error"]
        check(f"{what}, {ratio} standard errors", 1.95 < ratio < 13, True)


def check_summary(sheet, scenarios):
    head = head_row(sheet, "scenario")
    rows = list(table(sheet, head))
    for row in rows:
        what = f"Summary, {row['scenario']}, {row['metric']}"
        result = scenarios[row["scenario"]]
        if row["metric"] == "target reached":
            check(what, row["mean"], result["target"]["probability"])
            continue
        of = result["metrics"][row["metric"]]
        check(what, row["mean"], of["mean"])
        check_interval(what, row, of)
        for quantile in ["P10", "P50", "P90"]:
            check(f"{what}, {quantile}", row[quantile], of[quantile.lower()])
    check("Summary has every scenario", {row["scenario"] for row in rows}, set(scenarios))
    funnel = head_row(sheet, "funnel, mean count")
    for row in sheet.iter_rows(min_row=funnel + 1, max_row=funnel + 6, values_only=True):
        for value, result in zip(row[1:], scenarios.values()):
            check(f"Summary, funnel, {row[0]}", value, result["metrics"][row[0]]["mean"])


def check_comparison(sheet, scenarios, alternatives):
    baseline = next(iter(scenarios.values()))["metrics"]
    for row in sheet.iter_rows(min_row=3, values_only=True):
        name = row[0]
        if name not in baseline:
            continue
        check(f"Comparison, {name}", row[2], baseline[name]["mean"])
        for index, alternative in enumerate(alternatives):
            cells = row[3 + 9 * index : 12 + 9 * index]
            difference = alternative["difference"][name]
            low, high = difference["ci95"] or [None, None]
            expected = [
                alternative["result"]["metrics"][name]["mean"],
                difference["mean"],
                low,
                high,
                difference["p10"],
                difference["p90"],
                difference["relative"]["mean"],
                difference["probability_positive"],
                difference["probability_zero"],
            ]
            for column, (found, value) in enumerate(zip(cells, expected)):
                check(f"Comparison, {alternative['name']}, {name}, {column}", found, value)


def check_periods(sheet, scenarios):
    rows = list(table(sheet, 1))
    periods = {(row["scenario"], row["start_day"]): row for row in rows}
    n_expected = 0
    for scenario, result in scenarios.items():
        for period in result["warm_up_periods"] + result["periods"]:
            n_expected += 1
            row = periods[scenario, period["start_day"]]
            check("Periods, end_day", row["end_day"], period["end_day"])
            days = (row["last_date"] - row["start_date"]).days + 1
            check("Periods, dates", days, period["end_day"] - period["start_day"])
            for metric, of in period["metrics"].items():
                what = f"Periods, {scenario}, day {period['start_day']}, {metric}"
                check(what, row[metric], of["mean"])
            revenue = period["metrics"]["revenue"]
            check("Periods, P10", row["revenue P10"], revenue["p10"])
            check("Periods, P90", row["revenue P90"], revenue["p90"])
    check("Periods, rows", len(rows), n_expected)


def check_bridge(sheet, alternatives):
    """Every part of every split, and what the formulas under it sum to."""
    rows = [row[:6] for row in sheet.iter_rows(min_row=2, values_only=True)]
    for alternative in alternatives:
        bridge = alternative["bridge"]
        if bridge is None:
            continue
        title = next(i for i, row in enumerate(rows) if (row[0] or "").startswith(alternative["name"] + " against "))
        under = rows[title:]
        for split, parts in [
            ("by what was changed", bridge["terms"]),
            ("along the funnel", bridge["along_the_funnel"] or []),
        ]:
            if not parts:
                continue
            first = next(i for i, row in enumerate(under) if row[0] == split) + 1
            expected = {part["name"]: part for part in parts}
            for row in under[first : first + len(parts)]:
                what = f"Bridge, {alternative['name']}, {row[0]}"
                part = expected.pop(row[0])
                check(what, row[1], part.get("shapley", part.get("value")))
                if "alone" in part:
                    check(f"{what}, alone", row[4], part["alone"])
                    check(f"{what}, last in", row[5], part["last_in"])
            check(f"Bridge, parts left out {split}", expected, {})
            total, total_of_parts = under[first + len(parts)], under[first + len(parts) + 1]
            check("Bridge, total", total[1], bridge["total"])
            check("Bridge, sum of the parts", total_of_parts[1], bridge["total"])


def check_assumptions(sheet, scenarios):
    rows = list(table(sheet, 1))
    check("Assumptions, scenarios", {row["scenario"] for row in rows}, set(scenarios))
    check("Assumptions without a place", [row["key"] for row in rows if not row["place"]], [])


def check_check(sheet, scenarios):
    """The formulas, as LibreOffice computes them, come to what the JSON states."""
    rows = [row for row in table(sheet, 2) if row["verdict"]]
    check("Check, all of it", sheet["B1"].value, "OK" if rows else "nothing to check")
    for row in rows:
        what = f"Check, {row['scenario']}, {row['metric']}"
        stated = scenarios[row["scenario"]]["metrics"][row["metric"]]["mean"]
        check(what, row["from the periods"], stated)
        check(f"{what}, as stated", row["as the forecast states it"], stated)
        check(f"{what}, verdict", row["verdict"], "OK")
    for name, result in scenarios.items():
        told = {row["metric"] for row in rows if row["scenario"] == name}
        wanted = {"leads", "won", "revenue", "cost", "margin", "win_rate", "mean_deal", "cac"}
        defined = {metric for metric in wanted if result["metrics"][metric]["mean"] is not None and rows}
        check(f"Check, {name}, left out", defined - told, set())


def check_no_errors(workbook):
    for sheet in workbook:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "e":
                    check(f"{sheet.title}!{cell.coordinate}", cell.value, "a value")


def check_results_are_written(path, calculated):
    """A viewer that calculates nothing shows what LibreOffice calculates."""
    written = openpyxl.load_workbook(path, data_only=True)
    formulas = openpyxl.load_workbook(path)
    n_formulas = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    n_formulas += 1
                    at = f"{sheet.title}!{cell.coordinate}"
                    check(f"{at}, a sheet with formulas", sheet.title in ("Bridge", "Check"), True)
                    found = written[sheet.title][cell.coordinate].value
                    expected = calculated[sheet.title][cell.coordinate].value
                    # Of a rest of rounding nothing is the same.
                    is_rest = isinstance(expected, (int, float)) and abs(expected) < 1e-3
                    tolerance = 1e-6 if is_rest else 1e-9
                    check(at, found, expected, tolerance)
    check("formulas", n_formulas > 0, True)


def as_csv(value):
    """A cell of Parquet as the CSV beside it writes it, but for numbers."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if value and isinstance(value, str) and value[0] in "=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20":
        return "'" + value
    return value


def check_parquet(directory):
    tables = sorted(directory.glob("*.parquet"))
    check("some Parquet", len(tables) > 0, True)
    for path in tables:
        parquet = pyarrow.parquet.read_table(path)
        with path.with_suffix(".csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        check(f"{path.name}, columns", parquet.column_names, rows[0])
        check(f"{path.name}, rows", parquet.num_rows, len(rows) - 1)
        for index, name in enumerate(rows[0]):
            cells = parquet.column(index).to_pylist()
            for number, (value, row) in enumerate(zip(cells, rows[1:])):
                value, text = as_csv(value), row[index]
                if value is None:
                    agree = text == ""
                elif isinstance(value, (int, float)):
                    agree = text != "" and float(text) == value
                else:
                    agree = text == value
                if not agree:
                    check(f"{path.name}, row {number}, {name}", value, text)
        check(f"{path.name}, cells", True, True)


def check_data(directory, scenarios, alternatives):
    periods = pyarrow.parquet.read_table(directory / "periods.parquet")
    for row in periods.to_pylist():
        result = scenarios[row["scenario"]]
        all_periods = result["warm_up_periods"] + result["periods"]
        period = next(of for of in all_periods if of["start_day"] == row["start_day"])
        of = period["metrics"][row["metric"]]
        what = f"periods.parquet, {row['scenario']}, {row['start_day']}, {row['metric']}"
        check(what, type(row["start_date"]), datetime.date)
        for name in ["mean", "standard_error", "sd", "p05", "p50", "p95", "process_share"]:
            check(f"{what}, {name}", row[name], of[name], 0.0)
        check(f"{what}, process", row["process_p90"], of["process"]["p90"], 0.0)
    runs = pyarrow.parquet.read_table(directory / "replications.parquet")
    for name, result in scenarios.items():
        rows = [row for row in runs.to_pylist() if row["scenario"] == name]
        check(f"replications of {name}", len(rows), result["replications"])
        for metric in ["leads", "won", "revenue", "cost"]:
            mean = math.fsum(row[metric] for row in rows) / len(rows)
            check(f"replications of {name}, {metric}", mean, result["metrics"][metric]["mean"])
    with_bridge = {of["name"]: of["bridge"] for of in alternatives if of["bridge"]}
    if with_bridge:
        for row in pyarrow.parquet.read_table(directory / "bridge.parquet").to_pylist():
            bridge = with_bridge[row["alternative"]]
            what = f"bridge.parquet, {row['alternative']}, {row['part']}"
            if row["split"] == "total":
                check(what, row["value"], bridge["total"], 0.0)
                continue
            parts = bridge["terms"] if row["split"] == "change" else bridge["along_the_funnel"]
            part = next(part for part in parts if part["name"] == row["part"])
            check(what, row["value"], part.get("shapley", part.get("value")), 0.0)
            check(f"{what}, error", row["standard_error"], part["standard_error"], 0.0)


def main(workbook, directory, result):
    scenarios, alternatives = results(json.loads(result.read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as scratch:
        book = recalculated(workbook, Path(scratch))
    check_no_errors(book)
    check_results_are_written(workbook, book)
    check_summary(book["Summary"], scenarios)
    check_periods(book["Periods"], scenarios)
    check_assumptions(book["Assumptions"], scenarios)
    check_check(book["Check"], scenarios)
    if alternatives:
        check_comparison(book["Comparison"], scenarios, alternatives)
        check_bridge(book["Bridge"], alternatives)
    check_parquet(directory)
    check_data(directory, scenarios, alternatives)
    print(f"{checks} numbers and texts compared with the JSON, {faults} differ")
    return 1 if faults or checks == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:4])))

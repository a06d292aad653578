"""`invocator plan` with shapes: chart, calls of every second and check of the
schedule, against `plan --events`, numpy and scipy.
"""

import csv
import io
import math
import re

import numpy
import pytest
import scipy.stats
from conftest import REPOSITORY, SANITIZED
from results import write_workload
from test_shapes_oracle import (
    ALL,
    LAWS,
    RAMPS,
    instance,
    of_points,
    of_sine,
    times_of,
    write_files,
)

BLOCKS = "▁▂▃▄▅▆▇█"
DURATION = 200 if SANITIZED else 2000


def plan(invocator, folder, instances, *options, duration, says="", env=None,
         **top):
    path = write_workload(folder, instances, test_duration_in_seconds=duration,
                          random_seed=42, **top)
    done = invocator(["plan", path, *options], env=env)
    assert done.returncode == 0, done.stderr
    if says is not None:
        assert done.stderr == says
    return done.stdout


def seconds_of(text):
    """Planned and expected by instance, a number for each second."""
    assert text.startswith("second,instance,planned,expected\n")
    planned, expected = {}, {}
    for row in csv.DictReader(io.StringIO(text)):
        name = row["instance"]
        assert int(row["second"]) == len(planned.setdefault(name, []))
        planned[name].append(int(row["planned"]))
        expected.setdefault(name, []).append(float(row["expected"]))
    return planned, expected


def test_seconds_are_those_of_the_events(invocator, tmp_path):
    write_files(tmp_path)
    top = {"duration": 20, "mix": {"rate": 20}, "says": None}
    planned, expected = seconds_of(
        plan(invocator, tmp_path, ALL, "--csv", **top))
    times = times_of(plan(invocator, tmp_path, ALL, "--events", **top))
    assert list(planned) == list(ALL)
    for name, counts in planned.items():
        assert len(counts) == 20
        of_events = numpy.bincount(times[int(name)].astype(int), minlength=20)
        assert counts == list(of_events), name
    for name in ("8", "9", "10"):
        assert expected[name] == planned[name]


def test_expected_is_the_integral_within_each_second(invocator, tmp_path):
    wave = {"mean": 40, "amplitude": 30, "period_in_seconds": 7, "phase": 0.2}
    forms = {
        "ramps": (RAMPS, of_points(RAMPS)),
        "sine": (wave, of_sine(40, 30, 7, 0.2)),
        "waves": ({"points": [[0, 1], [2, 9], [3, 0]], "every_in_seconds": 4.5},
                  of_points([[0, 1], [2, 9], [3, 0]], 4.5)),
    }
    instances = {n: instance(rate=rate, distribution="Poisson")
                 for n, (rate, _) in forms.items()}
    instances["cut"] = instance(rate=RAMPS, distribution="Uniform",
                                activity_window=[10.5, 30.25],
                                spikes=[[20, 9], [40, 9]])
    _, expected = seconds_of(
        plan(invocator, tmp_path, instances, "--csv", duration=60.5))
    edges = numpy.append(numpy.arange(61.), 60.5)
    for name, (_, integral) in forms.items():
        exact = numpy.diff(integral(edges))
        assert numpy.abs(expected[name] - exact).max() < 1e-3, name
    exact = numpy.diff(of_points(RAMPS)(numpy.clip(edges, 10.5, 30.25)))
    exact[20] += 9
    assert numpy.abs(expected["cut"] - exact).max() < 2e-6


def test_the_table_has_the_integral(invocator, tmp_path):
    text = plan(invocator, tmp_path, {
        "ramps": instance(rate=RAMPS, distribution="Uniform"),
        "list": instance(interarrivals_list=[1, 1]),
    }, duration=2000)
    area = of_points(RAMPS)(numpy.array([2000.]))[0]
    ramps = next(x for x in text.splitlines() if x.startswith("ramps ")).split()
    assert abs(int(ramps[1]) - area) < 2
    assert ramps[2] == f"{area:.1f}"
    total = next(x for x in text.splitlines() if x.startswith("total ")).split()
    assert total[2] == f"{area + 2:.1f}"


def checks_of(text):
    """The rows of `plan --check` by instance."""
    lines = text.split("\n\n")[0].splitlines()
    assert lines[0].split() == ["instance", "arrivals", "tested", "distance",
                                "p-value", "dispersion", "verdict"]
    rows = {}
    for line in lines[1:]:
        cells = re.split(r"  +", line)
        assert len(cells) == 7, line
        rows[cells[0]] = dict(zip(lines[0].split(), cells))
    return rows


def distance(gaps, slack, law):
    """Kolmogorov's distance that rounding by `slack` does not explain."""
    n = len(gaps)
    high, low = numpy.sort(gaps + slack), numpy.sort(gaps - slack)
    k = numpy.arange(1, n + 1) / n
    return max((k - law.cdf(high)).max(), (law.cdf(low) - k + 1 / n).max(), 0)


def ramps_at(times):
    """The rate of RAMPS, whose jump takes a nanosecond here."""
    seconds = [0, 600, 600 + 1e-9, 1200, 2000]
    return numpy.interp(times, seconds, [rate for _, rate in RAMPS])


FORMS = {"constant": (100, lambda times: 100 * times, lambda _: 100),
         "ramps": (RAMPS, of_points(RAMPS), ramps_at)}


@pytest.mark.parametrize("form", FORMS)
def test_checks_are_scipys(invocator, tmp_path, form):
    rate, integral, rate_at = FORMS[form]
    numbers = {str(n): law for n, law in enumerate(LAWS)}
    instances = {n: instance(distribution=LAWS[law][0], rate=rate)
                 for n, law in numbers.items()}
    rows = checks_of(
        plan(invocator, tmp_path, instances, "--check", duration=DURATION))
    times = times_of(
        plan(invocator, tmp_path, instances, "--events", duration=DURATION))
    area = integral(numpy.array([float(DURATION)]))[0]
    for n, law in numbers.items():
        row, unit = rows[n], LAWS[law][1]
        calls = integral(times[int(n)])
        windows = math.floor(area / 10)
        counts = numpy.bincount((calls / 10).astype(int), minlength=windows)
        counts = counts[:windows]
        dispersion = counts.var(ddof=1) / counts.mean()
        assert abs(float(row["dispersion"]) - dispersion) < 0.001, law
        assert row["verdict"] == "fits"
        if unit is None:
            assert int(row["tested"]) == len(calls) - 1
            assert float(row["distance"]) == 0 and float(row["p-value"]) == 1
            continue
        gaps = numpy.diff(numpy.concatenate([[0], calls]))
        assert int(row["tested"]) == len(gaps)
        d = float(row["distance"])
        slack = 1e-9 + 1e-9 * rate_at(times[int(n)])
        assert abs(d - distance(gaps, slack, unit)) < 5e-6, law
        # Rounding makes a tenth of Gamma's gaps of cv 3 zero, which its law has
        # not. It matters to no other.
        plain = scipy.stats.kstest(gaps, unit.cdf).statistic
        assert plain > 0.1 if law == "bursty" else abs(d - plain) < 1e-5, law
        assert abs(float(row["p-value"])
                   - scipy.stats.kstwo.sf(d, len(gaps))) < 2e-3, law


def test_checks_of_calls_from_files(invocator, tmp_path):
    rng = numpy.random.default_rng(5)
    (tmp_path / "c.csv").write_text(
        "count\n" + "".join(f"{n}\n" for n in rng.poisson(40, 100)))
    (tmp_path / "t.csv").write_text(
        "timestamp\n" + "".join(f"{s / 7}\n" for s in range(700)))
    instances = {
        "0": instance(arrivals={"counts": "c.csv", "bin_in_seconds": 3}),
        "1": instance(arrivals={"counts": "c.csv", "bin_in_seconds": 3,
                                "within_bin": "even"}),
        "2": instance(arrivals={"timestamps": "t.csv"}),
        "3": instance(interarrivals_list=[0.5] * 200),
        "4": instance(rate=20, distribution="Poisson",
                      bursts={"rate": 60, "mean_on_in_seconds": 2,
                              "mean_off_in_seconds": 5}, spikes=[[50, 1000]]),
    }
    rows = checks_of(
        plan(invocator, tmp_path, instances, "--check", duration=300))
    times = times_of(
        plan(invocator, tmp_path, instances, "--events", duration=300))
    assert [row["verdict"] for row in rows.values()] == [
        "fits", "given", "given", "given", "fits"]
    places = times[0] / 3 % 1
    assert int(rows["0"]["tested"]) == len(places)
    plain = scipy.stats.kstest(places, "uniform")
    assert abs(float(rows["0"]["distance"]) - plain.statistic) < 2e-6
    assert abs(float(rows["0"]["p-value"]) - plain.pvalue) < 2e-3
    for n in "0123":
        counts = numpy.bincount(times[int(n)].astype(int), minlength=300)
        dispersion = counts.var(ddof=1) / counts.mean()
        assert abs(float(rows[n]["dispersion"]) - dispersion) < 6e-4
    # Bursts are a part of the rate, spikes are not gaps.
    assert int(rows["4"]["tested"]) == len(times[4]) - 1000
    assert 0.5 < float(rows["4"]["dispersion"]) < 1.5


def heights(line):
    return line[line.index("  ") + 2:line.index("  peak ")]


def test_the_chart_shows_the_shape(invocator, tmp_path):
    ramp = {"a": instance(rate=[[0, 0], [600, 100]], distribution="Uniform")}
    planned, _ = seconds_of(
        plan(invocator, tmp_path, ramp, "--csv", duration=600))
    columns = numpy.array(planned["a"]).reshape(60, 10).sum(axis=1)
    for locale, levels in ({"LC_ALL": "C.UTF-8"}, BLOCKS), (
            {"LC_ALL": "C", "LANG": "C.UTF-8"}, ".:-=+*#@"):
        text = plan(invocator, tmp_path, ramp, duration=600, env=locale)
        line = next(x for x in text.splitlines() if "  peak " in x
                    and x.startswith("a "))
        assert line.endswith("  peak 100/s")
        assert [levels.index(c) for c in heights(line)] == [
            -(-8 * int(n) // int(columns.max())) - 1 for n in columns]
        assert set(heights(line)) == set(levels)
        axis = text.splitlines()[text.splitlines().index(line) + 1]
        assert axis == "   0 s" + "600 s".rjust(57)


def test_a_constant_rate_needs_no_chart(invocator, tmp_path):
    text = plan(invocator, tmp_path, {
        "a": instance(rate=5, distribution="Poisson")}, duration=600)
    assert "  peak " not in text.replace("  peak /s", "")


@pytest.mark.parametrize("name", ["azure_like", "day_in_a_minute",
                                  "flash_crowd", "ramp_to_failure"])
def test_examples_are_drawn_and_fit(invocator, name):
    path = REPOSITORY / "examples" / f"{name}.json"
    shown = invocator(["plan", path])
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"  peak \d+/s$", shown.stdout, re.M)
    checked = invocator(["plan", path, "--check"])
    assert checked.returncode == 0 and "unlikely" not in checked.stderr
    verdicts = {row["verdict"] for row in checks_of(checked.stdout).values()}
    assert "fits" in verdicts and "unlikely" not in verdicts


@pytest.mark.parametrize("options", [
    ("--csv", "--events"), ("--check", "--csv"), ("--events", "--check")])
def test_one_output_at_a_time(invocator, tmp_path, options):
    path = write_workload(
        tmp_path, {"a": instance(rate=5, distribution="Poisson")},
        test_duration_in_seconds=1)
    done = invocator(["plan", path, *options])
    assert done.returncode == 2 and done.stdout == ""
    assert "excludes" in done.stderr

"""`invocator plan --events` against numpy's legacy generator, Python's random,
and statistics of scipy.

The binaries are those of INVOCATOR_BIN_DIR, by default <repository>/build/bin.
"""

import csv
import io
import itertools
import json
import math
import os
import pathlib
import random
import subprocess

import numpy
import pytest
import scipy.stats

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BIN_DIR = pathlib.Path(
    os.environ.get("INVOCATOR_BIN_DIR", REPOSITORY / "build" / "bin"))


def instance(**keys):
    return {"application": "f", "host": "localhost", "stage": "s",
            "resource": "r", "auth": "none", **keys}


def workload(instances, *, seed, duration, rng="independent"):
    return {"test_name": "arrivals", "test_duration_in_seconds": duration,
            "random_seed": seed, "arrival_rng": rng, "instances": instances}


def plan_events(folder, document, *options):
    """The CSV that `plan --events` prints, as text."""
    path = folder / "workload.json"
    path.write_text(json.dumps(document))
    done = subprocess.run(
        [BIN_DIR / "invocator", "plan", path, "--events", *options],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def times_by_instance(text):
    """Instants as printed; sequences must count from 0 without a hole."""
    times = {}
    for row in csv.DictReader(io.StringIO(text)):
        of_instance = times.setdefault(row["instance"], [])
        assert int(row["sequence"]) == len(of_instance)
        of_instance.append(row["time_s"])
    return times


def seconds_by_instance(text):
    return {name: numpy.array([float(t) for t in times])
            for name, times in times_by_instance(text).items()}


def round_to_ns(seconds):
    """Half away from zero, as llround does."""
    scaled = seconds * 1e9
    whole = math.floor(scaled)
    return whole + (scaled - whole >= 0.5)


def cumulate_and_cut(gaps, start, end):
    """FaaSProfiler's EnforceActivityWindow, printed with nine decimals."""
    kept = []
    time = 0.0
    for gap in gaps:
        time += float(gap)
        if start < time < end:
            ns = round_to_ns(time)
            kept.append(f"{ns // 10**9}.{ns % 10**9:09d}")
    return kept


def faasprofiler_gaps(distribution, seed, rate, duration):
    """FaaSProfiler's CreateEvents."""
    if distribution == "Poisson":
        numpy.random.seed(seed)
        return numpy.random.exponential(
            scale=1.0 / rate, size=int(2 * duration * rate))
    random.seed(seed)
    shift = random.random() * 1.0 / rate
    gaps = int(duration * rate) * [1.0 / rate]
    if gaps:
        gaps[0] += shift
    return gaps


RATES = (0.2, 1, 5, 7.3, 33.333, 100, 1234.5)
DURATIONS_AND_WINDOWS = (
    (15, None), (15, (5, 10)), (15, (0, 15)), (7.7, (0.001, 3.3)),
    (20, (19.5, 20)), (0.5, None))


@pytest.mark.parametrize("seed", [0, 1, 2, 42, 100, 2**31, 2**32 - 1] +
                         [7919 * i for i in range(1, 24)])
def test_faasprofiler_arrivals_equal_numpy_and_python(tmp_path, seed):
    for duration, window in DURATIONS_AND_WINDOWS:
        instances = {}
        expected = {}
        for distribution, rate in itertools.product(
                ("Poisson", "Uniform"), RATES):
            name = f"{distribution}-{rate}"
            instances[name] = instance(
                distribution=distribution, rate=rate,
                **({"activity_window": window} if window else {}))
            start, end = window or (0, duration)
            expected[name] = cumulate_and_cut(
                faasprofiler_gaps(distribution, seed, rate, duration),
                start, end)
        text = plan_events(tmp_path, workload(
            instances, seed=seed, duration=duration, rng="faasprofiler"))
        times = times_by_instance(text)
        for name in instances:
            assert times.get(name, []) == expected[name], (name, window)


def test_faasprofiler_equals_numpy_over_a_hundred_thousand_arrivals(tmp_path):
    text = plan_events(tmp_path, workload(
        {"a": instance(distribution="Poisson", rate=1000)},
        seed=5, duration=100, rng="faasprofiler"))
    assert times_by_instance(text)["a"] == cumulate_and_cut(
        faasprofiler_gaps("Poisson", 5, 1000, 100), 0, 100)


def test_events_are_sorted_by_time(tmp_path):
    text = plan_events(tmp_path, workload(
        {name: instance(distribution="Poisson", rate=50) for name in "abc"},
        seed=3, duration=20))
    times = [float(row["time_s"]) for row in csv.DictReader(io.StringIO(text))]
    assert len(times) > 2000
    assert times == sorted(times)


def test_independent_gaps_are_exponential(tmp_path):
    # One test over all seeds: its p-value is uniform when the gaps are
    # exponential, and nothing here is drawn anew, so this cannot be flaky.
    gaps = []
    for seed in range(10):
        text = plan_events(tmp_path, workload(
            {"a": instance(distribution="Poisson", rate=200)},
            seed=seed, duration=50))
        gaps.append(numpy.diff(seconds_by_instance(text)["a"], prepend=0))
    gaps = numpy.concatenate(gaps)
    assert len(gaps) > 90_000
    assert scipy.stats.kstest(gaps, "expon", args=(0, 1 / 200)).pvalue > 0.01
    # Neighbouring gaps are independent: five standard errors.
    correlation = numpy.corrcoef(gaps[:-1], gaps[1:])[0, 1]
    assert abs(correlation) < 5 / math.sqrt(len(gaps))


@pytest.mark.parametrize("bin_s", [0.01, 0.1, 1.0])
def test_independent_counts_are_poisson(tmp_path, bin_s):
    text = plan_events(tmp_path, workload(
        {"a": instance(distribution="Poisson", rate=100)},
        seed=11, duration=1000))
    bins = round(1000 / bin_s)
    counts, _ = numpy.histogram(
        seconds_by_instance(text)["a"], bins=bins, range=(0, 1000))
    dispersion = counts.var(ddof=1) / counts.mean()
    assert abs(dispersion - 1) < 5 * math.sqrt(2 / bins)


def test_independent_instances_are_uncorrelated(tmp_path):
    names = [f"instance{i}" for i in range(8)]
    text = plan_events(tmp_path, workload(
        {name: instance(distribution="Poisson", rate=50) for name in names},
        seed=100, duration=1000))
    times = seconds_by_instance(text)
    bins = 10_000
    counts = [numpy.histogram(times[name], bins=bins, range=(0, 1000))[0]
              for name in names]
    for one, other in itertools.combinations(counts, 2):
        assert abs(numpy.corrcoef(one, other)[0, 1]) < 5 / math.sqrt(bins)


def test_uniform_gaps_are_equal_and_shifted_by_less_than_one(tmp_path):
    names = [f"instance{i}" for i in range(100)]
    text = plan_events(tmp_path, workload(
        {name: instance(distribution="Uniform", rate=8) for name in names},
        seed=100, duration=100))
    shifts = []
    for times in seconds_by_instance(text).values():
        assert numpy.abs(numpy.diff(times) - 1 / 8).max() < 2e-9
        shifts.append((times[0] - 1 / 8) * 8)
    assert 0 <= min(shifts) and max(shifts) < 1
    assert scipy.stats.kstest(shifts, "uniform").pvalue > 0.01


def test_lists_are_summed_and_cut_at_the_duration(tmp_path):
    text = plan_events(tmp_path, workload(
        {"a": instance(interarrivals_list=[5, 0.13, 0.15, 0, 9.72, 0, 1, 0])},
        seed=1, duration=15))
    assert times_by_instance(text) == {
        "a": ["5.000000000", "5.130000000", "5.280000000", "5.280000000",
              "15.000000000", "15.000000000"]}


@pytest.mark.parametrize("rng", ["independent", "faasprofiler"])
def test_any_number_of_workers_and_threads_plays_the_same_schedule(
        tmp_path, rng):
    document = workload(
        {"heavy": instance(distribution="Poisson", rate=300),
         "light": instance(distribution="Poisson", rate=5),
         "even": instance(distribution="Uniform", rate=40),
         "windowed": instance(distribution="Poisson", rate=50,
                              activity_window=[5, 10]),
         "list": instance(interarrivals_list=[1, 0.5] * 6)},
        seed=100, duration=20, rng=rng)

    def without_worker(text):
        return [line.rsplit(",", 1)[0] for line in text.splitlines()]

    single = plan_events(tmp_path, document)
    assert single.splitlines()[0] == "time_s,instance,sequence,worker"
    for workers, threads in itertools.product((1, 2, 3, 7), (1, 4)):
        text = plan_events(tmp_path, document, "--workers", str(workers),
                           "--threads", str(threads))
        assert without_worker(text) == without_worker(single)
        used = {row["worker"] for row in csv.DictReader(io.StringIO(text))}
        assert len(used) == workers

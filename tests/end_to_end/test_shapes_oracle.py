"""Shapes of load against scipy and numpy: one law for all of them.

The instants of `invocator plan --events` are mapped through the integrated rate,
which is computed here anew; the gaps between them must follow the unit law of
their distribution, whatever the shape.
"""

import io
import math
import os
from fractions import Fraction

import numpy
import pytest
import scipy.optimize
import scipy.stats
from conftest import SANITIZED
from results import write_workload

# INVOCATOR_SEEDS=20 for a closer look, which takes two minutes.
SEEDS = int(os.environ.get("INVOCATOR_SEEDS", 4 if SANITIZED else 6))
CALLS = 20_000 if SANITIZED else 100_000
DURATION = 2000
MASK = (1 << 64) - 1


def instance(**keys):
    return {"host": "localhost", "stage": "s", "resource": "r", "auth": "none",
            **keys}


def weibull_shape(cv):
    def miss(k):
        return (math.gamma(1 + 2 / k) / math.gamma(1 + 1 / k) ** 2 - 1
                - cv ** 2)
    return scipy.optimize.brentq(miss, 0.2, 20, xtol=1e-14)


def lognormal(cv):
    sigma = math.sqrt(math.log(1 + cv ** 2))
    return scipy.stats.lognorm(sigma, scale=math.exp(-sigma ** 2 / 2))


K = weibull_shape(2)
LAWS = {
    "Poisson": ("Poisson", scipy.stats.expon()),
    "Uniform": ("Uniform", None),
    "Gamma": ({"Gamma": {"cv": 1.5}}, scipy.stats.gamma(1 / 1.5 ** 2, scale=1.5 ** 2)),
    "regular": ({"Gamma": {"cv": 0.3}}, scipy.stats.gamma(1 / 0.3 ** 2, scale=0.3 ** 2)),
    "bursty": ({"Gamma": {"cv": 3}}, scipy.stats.gamma(1 / 9, scale=9)),
    "Weibull": ({"Weibull": {"cv": 2}},
                scipy.stats.weibull_min(K, scale=1 / math.gamma(1 + 1 / K))),
    "Lognormal": ({"Lognormal": {"cv": 1.5}}, lognormal(1.5)),
    "Pareto": ({"Pareto": {"alpha": 2.5}},
               scipy.stats.pareto(2.5, scale=1.5 / 2.5)),
}
# With their own integrals. Each has some CALLS calls.
MEAN = CALLS / DURATION


def of_points(points, every=None):
    """The integral of straight lines between points, at any instants."""
    at = numpy.array([p[0] for p in points], float)
    rate = numpy.array([p[1] for p in points], float)
    period = every or DURATION
    if at[-1] < period:
        at, rate = numpy.append(at, period), numpy.append(rate, rate[-1])
    areas = numpy.concatenate(
        [[0], numpy.cumsum((rate[1:] + rate[:-1]) / 2 * numpy.diff(at))])

    def integral(t):
        whole = numpy.floor(t / period)
        rest = t - whole * period
        i = numpy.clip(numpy.searchsorted(at, rest, "right") - 1, 0, len(at) - 2)
        width = at[i + 1] - at[i]
        slope = (rate[i + 1] - rate[i]) / numpy.where(width > 0, width, 1)
        since = rest - at[i]
        return (whole * areas[-1] + areas[i] + rate[i] * since
                + slope * since ** 2 / 2)
    return integral


def of_sine(mean, amplitude, period, phase):
    turn = 2 * math.pi

    def integral(t):
        return mean * t + amplitude * period / turn * (
            numpy.cos(turn * phase) - numpy.cos(turn * (t / period + phase)))
    return integral


RAMPS = [[0, 10], [600, 90], [600, 20], [1200, 80], [2000, 50]]
PAUSES = [[0, 0], [200, 0], [200, 100], [900, 100], [900, 0], [1500, 0],
          [1501, 120], [2000, 120]]
WAVES = [[0, 20], [7, 130], [9, 5]]
FACTOR = MEAN / 50
SHAPES = {
    "constant": (MEAN, lambda t: MEAN * t),
    "ramps": ([[s, r * FACTOR] for s, r in RAMPS],
              of_points([[s, r * FACTOR] for s, r in RAMPS])),
    "pauses": ([[s, r * FACTOR] for s, r in PAUSES],
               of_points([[s, r * FACTOR] for s, r in PAUSES])),
    "waves": ({"points": [[s, r * FACTOR] for s, r in WAVES],
               "every_in_seconds": 13.7},
              of_points([[s, r * FACTOR] for s, r in WAVES], 13.7)),
    "sine": ({"mean": MEAN, "amplitude": MEAN * 0.9, "period_in_seconds": 333,
              "phase": 0.3}, of_sine(MEAN, MEAN * 0.9, 333, 0.3)),
}


def plan(invocator, folder, instances, *options, duration=DURATION, **top):
    path = write_workload(folder, instances, test_duration_in_seconds=duration,
                          random_seed=42, **top)
    done = invocator(["plan", path, *options])
    assert done.returncode == 0, done.stderr
    return done.stdout


def times_of(text):
    """Instants by instance, whose names are numbers."""
    table = numpy.loadtxt(io.StringIO(text), delimiter=",", skiprows=1, ndmin=2)
    names = table[:, 1].astype(int)
    return {int(n): table[names == n, 0] for n in numpy.unique(names)}


def distance(gaps, slack, law):
    """Kolmogorov's distance that rounding by `slack` does not explain."""
    n = len(gaps)
    high = numpy.sort(gaps + slack)
    low = numpy.sort(numpy.maximum(gaps - slack, 0))
    k = numpy.arange(1, n + 1) / n
    return max((k - law.cdf(high)).max(), (law.cdf(low) - k + 1 / n).max(), 0)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("shape", SHAPES)
def test_rescaled_gaps_follow_the_unit_law(invocator, tmp_path, shape, law):
    distribution, unit = LAWS[law]
    rate, integral = SHAPES[shape]
    text = plan(invocator, tmp_path, {
        str(n): instance(distribution=distribution, rate=rate)
        for n in range(SEEDS)
    }, "--events")
    by_seed = times_of(text)
    assert len(by_seed) == SEEDS
    area = integral(numpy.array([float(DURATION)]))[0]
    p_values = []
    for times in by_seed.values():
        calls = integral(times)
        if unit is None:
            # Equal gaps after a first one of 1 + u. Half a nanosecond at both
            # ends, at 150 calls a second, and the sine's straight lines.
            gaps = numpy.diff(calls)
            assert 1 <= calls[0] < 2.0001
            assert numpy.abs(gaps - 1).max() < 1e-3
            assert abs(len(calls) - area) < 2
            continue
        gaps = numpy.diff(numpy.concatenate([[0], calls]))
        if law in ("Poisson", "regular", "Gamma"):
            assert abs(len(gaps) / area - 1) < 0.05
        d = distance(gaps, 3e-7 * MEAN / 50, unit)
        p_values.append(scipy.stats.kstwo.sf(d, len(gaps)))
    if p_values:
        assert min(p_values) > 1e-5, p_values
        # And they are not all small either: by Fisher's method.
        assert scipy.stats.combine_pvalues(p_values).pvalue > 1e-5, p_values


@pytest.mark.parametrize("shape", ["ramps", "waves", "sine"])
def test_poisson_counts_by_segment_are_poisson(invocator, tmp_path, shape):
    rate, integral = SHAPES[shape]
    text = plan(invocator, tmp_path, {
        str(n): instance(distribution="Poisson", rate=rate) for n in range(SEEDS)
    }, "--events")
    edges = numpy.linspace(0, DURATION, 201)
    expected = numpy.diff(integral(edges))
    for times in times_of(text).values():
        counts, _ = numpy.histogram(times, edges)
        chi2 = ((counts - expected) ** 2 / expected).sum()
        assert 1e-5 < scipy.stats.chi2.sf(chi2, len(counts)) < 1 - 1e-5


@pytest.mark.parametrize("law, limit", [("Poisson", 1), ("Gamma", 2.25),
                                        ("regular", 0.09), ("Uniform", 0)])
def test_dispersion_of_counts_tends_to_the_square_of_cv(
        invocator, tmp_path, law, limit):
    rate, integral = SHAPES["sine"]
    text = plan(invocator, tmp_path, {
        str(n): instance(distribution=LAWS[law][0], rate=rate)
        for n in range(SEEDS)
    }, "--events")
    window = 200
    ratios = []
    for times in times_of(text).values():
        calls = integral(times)
        counts = numpy.bincount((calls / window).astype(int))[1:-1]
        ratios.append(counts.var(ddof=1) / counts.mean())
    assert abs(numpy.mean(ratios) - limit) < 0.12 * max(limit, 0.2), ratios


class Xoshiro:
    """xoshiro256++ seeded by SplitMix64, from their authors' description; the
    stream's name enters by FNV-1a, as common/arrivals/rng.h says."""

    def __init__(self, seed, name):
        value = 0xcbf29ce484222325
        for byte in name.encode():
            value = (value ^ byte) * 0x100000001b3 & MASK
        x = self.mix(value + seed * 0x9e3779b97f4a7c15 & MASK)
        self.state = []
        for _ in range(4):
            x = x + 0x9e3779b97f4a7c15 & MASK
            self.state.append(self.mix(x))

    @staticmethod
    def mix(x):
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9 & MASK
        x = (x ^ x >> 27) * 0x94d049bb133111eb & MASK
        return x ^ x >> 31

    @staticmethod
    def turn(x, bits):
        return (x << bits | x >> 64 - bits) & MASK

    def uniform(self):
        s = self.state
        drawn = self.turn(s[0] + s[3] & MASK, 23) + s[0] & MASK
        shifted = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = self.turn(s[3], 45)
        return (drawn >> 11) * 2.0 ** -53


def burst_points(bursts, seed, name):
    """The states that a burst process goes through, as points of its rate."""
    rng = Xoshiro(seed, name + "\nbursts")
    means = [bursts["mean_off_in_seconds"], bursts["mean_on_in_seconds"]]
    on = int(rng.uniform() < means[1] / sum(means))
    at, points = 0.0, []
    while at < DURATION:
        end = at - math.log(1 - rng.uniform()) * means[on]
        points += [[at, on * bursts["rate"]], [end, on * bursts["rate"]]]
        at, on = end, 1 - on
    return points


@pytest.mark.parametrize("law", [name for name in LAWS if name != "Uniform"])
def test_rescaled_gaps_follow_the_unit_law_in_bursts(invocator, tmp_path, law):
    distribution, unit = LAWS[law]
    rate, base = SHAPES["sine"]
    seeds = SEEDS // 2
    text = plan(invocator, tmp_path, {
        str(n): instance(distribution=distribution, rate=rate, bursts=BURSTS)
        for n in range(seeds)
    }, "--events")
    p_values = []
    for name, times in times_of(text).items():
        added = of_points(burst_points(BURSTS, 42, str(name)))
        calls = base(times) + added(times)
        gaps = numpy.diff(numpy.concatenate([[0], calls]))
        d = distance(gaps, 3e-7 * MEAN / 50, unit)
        p_values.append(scipy.stats.kstwo.sf(d, len(gaps)))
    assert min(p_values) > 1e-5, p_values
    assert scipy.stats.combine_pvalues(p_values).pvalue > 1e-5, p_values


BURSTS = {"rate": 60, "mean_on_in_seconds": 2, "mean_off_in_seconds": 5}


def test_bursts_have_the_dispersion_of_an_mmpp(invocator, tmp_path):
    """Index of dispersion for counts of a two-state MMPP with rates l1, l2 and
    exits r1, r2, in windows of t (Fischer and Meier-Hellstern, Performance
    Evaluation 18, 1993): 1 + 2 (l1 - l2)^2 r1 r2 / ((r1 + r2)^2 (l1 r2 + l2 r1))
    (1 - (1 - exp(-(r1 + r2) t)) / ((r1 + r2) t))."""
    seeds = SEEDS * 4
    text = plan(invocator, tmp_path, {
        str(n): instance(distribution="Poisson", rate=3, bursts=BURSTS)
        for n in range(seeds)
    }, "--events")
    window = 20
    l1, l2, r1, r2 = 63, 3, 1 / 2, 1 / 5
    exits = r1 + r2
    expected = 1 + (2 * (l1 - l2) ** 2 * r1 * r2
                    / (exits ** 2 * (l1 * r2 + l2 * r1))
                    * (1 - (1 - math.exp(-exits * window)) / (exits * window)))
    means, ratios = [], []
    for times in times_of(text).values():
        counts, _ = numpy.histogram(times, numpy.arange(0, DURATION + 1, window))
        means.append(counts.mean() / window)
        ratios.append(counts.var(ddof=1) / counts.mean())
    error = numpy.std(ratios) / math.sqrt(seeds)
    assert abs(numpy.mean(ratios) - expected) < 5 * error
    assert error < 0.05 * expected
    assert abs(numpy.mean(means) - (3 + 60 * 2 / 7)) < 0.5


def test_bursts_begin_in_their_stationary_state(invocator, tmp_path):
    """Two of seven tests begin with a burst: it is on with 2 / (2 + 5)."""
    number = 700
    text = plan(invocator, tmp_path, {
        str(n): instance(bursts={"rate": 1000, "mean_on_in_seconds": 20,
                                 "mean_off_in_seconds": 50})
        for n in range(number)
    }, "--events", duration=0.05)
    on = sum(1 for times in times_of(text).values() if times[0] < 0.02)
    assert scipy.stats.binomtest(on, number, 2 / 7).pvalue > 1e-5


def test_spikes_come_at_once_after_the_process(invocator, tmp_path):
    text = plan(invocator, tmp_path, {
        "0": instance(interarrivals_list=[1, 1, 1],
                      spikes=[[2, 3], [0, 2], [2.5, 0]]),
        "1": instance(spikes=[[4, 500]]),
    }, "--events", duration=5)
    times = times_of(text)
    assert list(times[0]) == [0, 0, 1, 2, 2, 2, 2, 3]
    assert list(times[1]) == [4] * 500


def test_zipf_and_weights_share_the_mix(invocator, tmp_path):
    names = [str(n) for n in range(12)]
    text = plan(invocator, tmp_path, {n: instance() for n in names}, "--events",
                mix={"rate": [[0, 10], [1000, 90]], "zipf": 1.1})
    counts = numpy.array([len(t) for _, t in sorted(times_of(text).items())])
    weights = numpy.arange(1, 13) ** -1.1
    expected = weights / weights.sum() * (50 * 1000 + 90 * 1000)
    chi2 = ((counts - expected) ** 2 / expected).sum()
    assert 1e-5 < scipy.stats.chi2.sf(chi2, 12) < 1 - 1e-5
    text = plan(invocator, tmp_path,
                {"0": instance(distribution="Uniform"),
                 "1": instance(distribution="Uniform"), "2": instance(
                     distribution="Uniform", rate=1)}, "--events", duration=100,
                mix={"rate": 8, "weights": {"0": 3, "1": 1}})
    counts = [len(t) for _, t in sorted(times_of(text).items())]
    assert abs(counts[0] - 600) <= 1 and abs(counts[1] - 200) <= 1
    assert abs(counts[2] - 100) <= 1


ALL = {
    "0": instance(distribution="Poisson", rate=RAMPS),
    "1": instance(distribution={"Gamma": {"cv": 3}}, rate=SHAPES["waves"][0]),
    "2": instance(distribution={"Weibull": {"cv": 2}}, rate=SHAPES["sine"][0],
                  bursts=BURSTS),
    "3": instance(distribution={"Lognormal": {"cv": 2}}, rate=40,
                  spikes=[[3, 50], [1.5, 7]], activity_window=[1, 10]),
    "4": instance(distribution={"Pareto": {"alpha": 1.5}}, rate=40),
    "5": instance(distribution="Uniform", rate=RAMPS),
    "6": instance(bursts=BURSTS),
    "7": instance(spikes=[[5, 100]]),
    "8": instance(arrivals={"counts": "c.csv", "bin_in_seconds": 1,
                            "thin": 0.7}),
    "9": instance(arrivals={"counts": "c.csv", "bin_in_seconds": 1,
                            "within_bin": "even"}),
    "10": instance(arrivals={"timestamps": "t.csv", "thin": 0.5}),
    "11": instance(),
}


def write_files(folder):
    rng = numpy.random.default_rng(5)
    counts = rng.poisson(30, 20)
    (folder / "c.csv").write_text(
        "count\n" + "".join(f"{n}\n" for n in counts))
    stamps = numpy.sort(rng.uniform(1e9, 1e9 + 20, 800))
    (folder / "t.csv").write_text(
        "timestamp\n" + "".join(f"{s:.6f}\n" for s in stamps))


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_workers_share_one_schedule(invocator, tmp_path, workers):
    write_files(tmp_path)

    def schedule(*options):
        text = plan(invocator, tmp_path, ALL, "--events", *options, duration=20,
                    mix={"rate": 20})
        return [line.rsplit(",", 1) for line in text.splitlines()[1:]]
    alone = schedule()
    shared = schedule("--workers", str(workers), "--threads", "4")
    assert [row[0] for row in alone] == [row[0] for row in shared]
    assert len({row[1] for row in shared}) == workers


@pytest.mark.parametrize("speed", [1, 2, 0.5])
@pytest.mark.parametrize("within", ["random", "even"])
def test_every_bin_gets_its_count(invocator, tmp_path, speed, within):
    rng = numpy.random.default_rng(3)
    counts = rng.poisson(rng.lognormal(3, 1.5, 60))
    counts[7] = 0
    (tmp_path / "c.csv").write_text(
        "minute,n\n" + "".join(f"{m},{n}\n" for m, n in enumerate(counts)))
    text = plan(invocator, tmp_path, {
        str(n): instance(arrivals={
            "counts": "c.csv", "column": "n", "bin_in_seconds": 60,
            "within_bin": within, "speed": speed}) for n in range(5)
    }, "--events", duration=3600 / speed)
    for times in times_of(text).values():
        bins = (times * speed / 60).astype(int)
        assert list(numpy.bincount(bins, minlength=60)) == list(counts)
        within_bin = times * speed / 60 - bins
        if within == "random":
            assert scipy.stats.kstest(within_bin, "uniform").pvalue > 1e-5
        else:
            for b in range(60):
                gaps = numpy.diff(within_bin[bins == b])
                assert numpy.abs(gaps * counts[b] - 1).max(initial=0) < 1e-4


def test_no_bin_begins_with_a_burst(invocator, tmp_path):
    (tmp_path / "c.csv").write_text("count\n" + "3\n" * 3000)
    text = plan(invocator, tmp_path, {
        "0": instance(arrivals={"counts": "c.csv", "bin_in_seconds": 1}),
        "1": instance(arrivals={"counts": "c.csv", "bin_in_seconds": 1,
                                "within_bin": "even"}),
    }, "--events", duration=3000)
    for times in times_of(text).values():
        first = (times % 1 < 0.01).sum()
        assert abs(first - 90) < 5 * math.sqrt(90)


@pytest.mark.parametrize("speed", [1, 2, 0.5, 1.1])
def test_timestamps_are_exact(invocator, tmp_path, speed):
    rng = numpy.random.default_rng(8)
    stamps = [1_600_000_000_000_000_000 + int(ns)
              for ns in rng.integers(0, 50_000_000_000, 3000)]
    (tmp_path / "t.csv").write_text("id,start\n" + "".join(
        f"x,{ns // 10**9}.{ns % 10**9:09d}\n" for ns in stamps))
    start = 1_600_000_000_000_000_000 + 10_000_000_000
    text = plan(invocator, tmp_path, {
        "0": instance(arrivals={"timestamps": "t.csv", "column": "start",
                                "speed": speed, "start_in_seconds": 1600000010}),
    }, "--events", duration=30)
    got = [int(line.split(",")[0].replace(".", ""))
           for line in text.splitlines()[1:]]
    exact = sorted((ns - start) / Fraction(str(speed)) for ns in stamps
                   if ns >= start)
    rounded = [math.floor(t + Fraction(1, 2)) for t in exact]
    assert got == [t for t in rounded if t < 30 * 10**9]

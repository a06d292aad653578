"""Prints what tests/coordinator/statistics expect, by numpy and scipy:

    /usr/bin/python3 tests/oracle/statistics.py

Bins are small formulas, the same in the tests.
"""

import numpy
from scipy import stats

TAIL = 0.025


def joined(values, size):
    groups = len(values) // size
    return numpy.add.reduceat(values, numpy.arange(groups) * size)


def noise(numbers, calls):
    """Variance of the residuals' sum, degrees of freedom, bins a group."""
    all_residuals = numbers - numbers.sum() / calls.sum() * calls
    size = 1
    while True:
        residuals = joined(all_residuals, size)
        groups = len(residuals)
        squares = (residuals**2).sum()
        lag1 = (residuals[1:] * residuals[:-1]).sum() / squares
        if lag1 <= max(0.2, 2 / numpy.sqrt(groups)):
            break
        size *= 2
    rest = max(0, lag1)
    variance = groups / (groups - 1) * squares * (1 + rest) / (1 - rest)
    excess = max(0, groups * (residuals**4).sum() / squares**2 - 3)
    return variance, 2 / (2 / (groups - 1) + excess / groups), size


def inflation(variance, degrees, independent):
    if variance <= independent:
        return 1, 1
    cuts = stats.t.isf(TAIL, degrees) / stats.norm.isf(TAIL)
    return variance / independent, cuts**2


def distributions():
    print("normal", stats.norm.isf(0.025), stats.norm.isf(0.005))
    print("student", stats.t.isf(0.025, 59), stats.t.isf(0.025, 2.5),
          stats.t.isf(0.005, 9))
    for n, p in [(368, 0.99), (1000, 0.99), (20, 0.5), (5000, 0.999),
                 (100, 0.9), (1000000, 0.999)]:
        low = max(k for k in range(n + 1)
                  if stats.binom.cdf(k - 1, n, p) <= TAIL)
        high = min(k for k in range(int(n * p), n + 1)
                   if stats.binom.sf(k - 1, n, p) <= TAIL)
        print("ranks", n, p, low, high)
    for hits, n in [(0, 1000), (3, 1000), (500, 1000), (12, 34567)]:
        bounds = stats.binomtest(hits, n).proportion_ci(0.95, "exact")
        print("share", hits, n, bounds.low, bounds.high)
    for hits, n in [(2.5, 80.25), (1e9, 4e9)]:
        print("share", hits, n, stats.beta.ppf(TAIL, hits, n - hits + 1),
              stats.beta.ppf(1 - TAIL, hits + 1, n - hits))


def bin_noise():
    i = numpy.arange(24)
    print("scatter", *noise((i * i * 7) % 11 * 1.0, 5 + (i * 3) % 7 * 1.0))
    i = numpy.arange(100)
    calls = numpy.full(100, 10.0)
    wave = 10 * numpy.sin(i * 2 * numpy.pi / 32) + (i * i * 7) % 11
    print("wave", *noise(wave, calls))
    rare = numpy.where(i % 33 == 5, 8.0, 0.0) + (i * i * 7) % 11 / 11
    print("rare", *noise(rare, calls))
    slow = (i * i * 7) % 11 + 3.5 * numpy.sin(i * 2 * numpy.pi / 32)
    print("some", *noise(slow, calls))


def intervals():
    i = numpy.arange(30)
    hits = (i * i) % 7 * (i % 10 != 0)
    calls = 20 + (i * 5) % 9
    n, share = calls.sum(), hits.sum() / calls.sum()
    variance, degrees, _ = noise(hits, calls)
    by_bins, student = inflation(variance, degrees, n * share * (1 - share))
    worth = n / (by_bins * student)
    print("share", share, n / by_bins,
          stats.beta.ppf(TAIL, share * worth, worth * (1 - share) + 1),
          stats.beta.isf(TAIL, share * worth + 1, worth * (1 - share)))

    bins = [numpy.array([(b * 13 + c * c * 5) % 97 for c in range(3 + b % 4)])
            * 5120 + 256 for b in range(20)]
    calls = numpy.array([len(values) for values in bins])
    sums = numpy.array([values.sum() for values in bins])
    every = numpy.concatenate(bins)
    n, mean = len(every), every.mean()
    variance, degrees, _ = noise(sums, calls)
    independent = n * ((every // 512) * 512 + 255.5).var()
    by_bins, student = inflation(variance, degrees, independent)
    reach = stats.norm.isf(TAIL) * numpy.sqrt(
        independent * by_bins * student) / n
    print("mean", mean, n / by_bins, mean - reach, mean + reach)


def mser5(values):
    means = numpy.array([numpy.mean(values[j:j + 5])
                         for j in range(0, len(values) - 4, 5)])
    kept = [means[cut:] for cut in range(len(means) // 2 + 1)]
    return 5 * int(numpy.argmin([rest.var() / len(rest) for rest in kept]))


def settling():
    j = numpy.arange(60)
    print("falls", mser5(100 * numpy.exp(-j / 6) + 20 + (j * j * 7) % 11))
    print("flat", mser5(20 + (j * j * 7) % 11))
    print("ramp", mser5(j))


if __name__ == "__main__":
    distributions()
    bin_noise()
    intervals()
    settling()

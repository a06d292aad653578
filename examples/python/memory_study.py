#!/usr/bin/env python3
"""Compares memory sizes: plays a workload once with each, always with the same
schedule, and plots response times and cost.

    invocator-gateway --latency lognormal:20ms:0.5 --cold-start 300ms &
    python3 examples/python/memory_study.py examples/python/study.json \
        --endpoint-url http://127.0.0.1:9000

Needs matplotlib and the package invocator (python/README.md).
"""

import argparse

import matplotlib

matplotlib.use("Agg")  # writes a file; needs no display

from matplotlib import pyplot

from invocator import AWSFunctionInvocator


def play(arguments):
    """Returns the results of each size."""
    ivk = AWSFunctionInvocator(arguments.workload)
    run = ivk.invoke_all(
        memory_size=arguments.sizes, endpoint_url=arguments.endpoint_url
    )
    for progress in run:
        print(progress)
    return run.results


def plot(results, path):
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    for each in results:
        response_ms = sorted(
            row["response_us"] / 1000 for row in each.invocations("rows")
        )
        shares = [(i + 1) / len(response_ms) for i in range(len(response_ms))]
        left.step(response_ms, shares, label=f"{each.memory_mb} MB")
    left.set(xscale="log", xlabel="response, ms", ylabel="share of calls")
    left.legend()
    sizes = [f"{each.memory_mb} MB" for each in results]
    costs = [each.report.cost for each in results]
    right.bar(sizes, [c.per_million_requests if c else 0 for c in costs])
    right.set(ylabel="cost of a million calls, USD")
    figure.tight_layout()
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("workload")
    parser.add_argument("--endpoint-url", help="default: the workload's hosts")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[128, 512, 1024]
    )
    parser.add_argument("--plot", default="memory_study.png")
    arguments = parser.parse_args()
    results = play(arguments)
    print("   MB     sent       ok    p50 ms    p99 ms  verdict")
    for each in results:
        report = each.report
        print(
            f"{each.memory_mb:5} {report.sent:8} "
            f"{report.outcomes.get('ok', 0):8} "
            f"{report.response_us.p50 / 1000:9.1f} "
            f"{report.response_us.p99 / 1000:9.1f}  {report.verdict.state}"
        )
    plot(results, arguments.plot)
    print(f"plot: {arguments.plot}")


if __name__ == "__main__":
    main()

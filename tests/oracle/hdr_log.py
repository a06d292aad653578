#!/usr/bin/env python3
"""Reads and writes HdrHistogram logs with PyPI's hdrhistogram.

An independent oracle for coordinator/timeline/histogram_log:

  hdr_log.py read LOG          prints a line for each histogram of the log:
                               TAG START_MS END_MS MAX_NS TOTAL INDEX:COUNT ...
                               TAG is "-" for lines without a tag; instants are
                               absolute
  hdr_log.py write LOG CELLS   writes a histogram for each line of the file
                               CELLS: INDEX:COUNT ...
"""

import sys

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader, HistogramLogWriter

PARAMETERS = (1_000, 3_600_000_000_000, 3)


def read(log):
    reader = HistogramLogReader(log, HdrHistogram(*PARAMETERS))
    while histogram := reader.get_next_interval_histogram():
        assert (histogram.lowest_trackable_value,
                histogram.highest_trackable_value,
                histogram.significant_figures) == PARAMETERS
        cells = []
        for index in range(histogram.counts_len):
            count = histogram.get_count_at_index(index)
            if count:
                cells.append(f"{index}:{count}")
        print(histogram.get_tag() or "-",
              round(histogram.get_start_time_stamp()),
              round(histogram.get_end_time_stamp()),
              histogram.get_max_value(), histogram.get_total_count(), *cells)


def write(log, cells):
    with open(log, "w", encoding="utf-8") as file:
        writer = HistogramLogWriter(file)
        writer.output_comment("[Logged by hdrhistogram]")
        writer.output_log_format_version()
        writer.output_legend()
        for number, line in enumerate(open(cells, encoding="utf-8")):
            histogram = HdrHistogram(*PARAMETERS)
            for cell in line.split():
                index, count = map(int, cell.split(":"))
                value = histogram.get_value_from_index(index)
                assert histogram.record_value(value, count)
            writer.output_interval_histogram(histogram, number, number + 0.5)


if __name__ == "__main__":
    {"read": read, "write": write}[sys.argv[1]](*sys.argv[2:])

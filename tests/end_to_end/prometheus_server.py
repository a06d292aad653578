"""A Prometheus of a test, and its answers to queries."""

import json
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest
from conftest import free_port


class PrometheusServer:
    """Scrapes as `config`, the text of a prometheus.yml, says. Stopped at the
    end of a `with`."""

    def __init__(self, folder, config):
        if not shutil.which("prometheus"):
            pytest.skip("no prometheus")
        self.port = free_port()
        path = folder / "prometheus.yml"
        path.write_text(config)
        with open(folder / "prometheus.log", "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={path}",
                 f"--storage.tsdb.path={folder / 'data'}",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                stdout=log,
                stderr=log,
            )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def samples(self, expression):
        """[(labels, value)]; none while it is starting."""
        query = urllib.parse.urlencode({"query": expression})
        url = f"http://127.0.0.1:{self.port}/api/v1/query?{query}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                found = json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            return []
        except OSError:
            return []
        return [(one["metric"], float(one["value"][1])) for one in found]

    def value(self, expression):
        """Of the first sample; None without one."""
        found = self.samples(expression)
        return found[0][1] if found else None

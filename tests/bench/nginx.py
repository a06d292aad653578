"""An nginx that answers every request itself, on four ports: HTTP/1.1 and
HTTP/2, in the clear and under TLS."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time

from processes import stop

# By what a case wants: (tls, http2).
LISTENERS = ((False, False), (True, False), (False, True), (True, True))


def listener(port, tls, http2):
    # On a port for HTTP/2 in the clear, newer versions speak HTTP/1.1 too, as
    # all do under TLS; there it is refused, so that it is not measured.
    words = "".join([" ssl" if tls else "", " http2" if http2 else ""])
    refusal = 'if ($server_protocol != "HTTP/2.0") { return 505; }'
    return f"""\
  server {{
    listen 127.0.0.1:{port}{words} backlog=1024;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    client_max_body_size 16m;
    location / {{
      {refusal if http2 else ""}
      return 200 '{{"statusCode": 200}}';
    }}
  }}
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def start_nginx(stage):
    """Starts it: (process, {(tls, http2): URL})."""
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if not program:
        sys.exit("bench: nginx is not installed")
    ports = dict(zip(LISTENERS, free_ports(len(LISTENERS))))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "1", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out",
         "cert.pem"], cwd=stage.scratch, check=True, capture_output=True)
    temp_paths = "".join(
        f"  {name}_temp_path {stage.scratch}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    # Connections live as long as the run: no limit of requests on one.
    config = stage.write("nginx.conf", f"""\
daemon off;
worker_processes 1;
pid {stage.scratch}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  default_type application/json;
{temp_paths}{"".join(listener(port, *how) for how, port in ports.items())}}}
""")
    process, log = stage.start_server(program, "-p", stage.scratch, "-c", config)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", ports[LISTENERS[0]]),
                                     1).close()
            return process, {
                (tls, http2): f"http{'s' if tls else ''}://127.0.0.1:{port}"
                for (tls, http2), port in ports.items()}
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    stop(process)
    log.seek(0)
    sys.exit("bench: nginx did not start:\n" + log.read())

"""nginx as a target, and certificates made for a test."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from conftest import clean_environment, free_port, stop, wait_until_listening

class Certificates:
    """A certificate authority made for the test, and what it signs."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = folder / "ca.pem"
        self.openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
            "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem",
        )

    def openssl(self, *arguments):
        subprocess.run(
            ["openssl", *arguments],
            cwd=self.folder,
            check=True,
            capture_output=True,
            timeout=60,
        )

    def issue(self, name, alternatives):
        """(certificate, key) files for names such as IP:127.0.0.1."""
        (self.folder / f"{name}.ext").write_text(
            f"subjectAltName={alternatives}\n"
        )
        self.openssl(
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj",
            f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr",
        )
        self.openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey",
            "ca.key", "-CAcreateserial", "-days", "1", "-extfile",
            f"{name}.ext", "-out", f"{name}.pem",
        )
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"


NGINX_CONF = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  log_format own "$server_protocol $connection $status $host $ssl_client_verify $ssl_session_reused";
  access_log {folder}/access.log own;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} {listen};
    listen unix:{folder}/socket {listen};
    keepalive_requests {keepalive};
    {tls}
    location / {{ return 200 "{{}}"; }}
  }}
}}
"""


def find_nginx():
    return shutil.which(
        "nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    )


class Nginx:
    """On a port and on a unix socket. `client_ca`: who signs the certificates
    that clients have to show."""

    def __init__(
        self, folder, listen="", keepalive=1000, cert=None, client_ca=None
    ):
        program = find_nginx()
        if program is None:
            pytest.skip("nginx is not installed")
        self.folder = pathlib.Path(tempfile.mkdtemp("-nginx", dir=folder))
        port = free_port()
        tls = ""
        if cert:
            tls = f"ssl_certificate {cert[0]}; ssl_certificate_key {cert[1]};"
        if client_ca:
            tls += f"ssl_verify_client on; ssl_client_certificate {client_ca};"
        conf = self.folder / "nginx.conf"
        conf.write_text(
            NGINX_CONF.format(
                folder=self.folder,
                port=port,
                listen=listen,
                keepalive=keepalive,
                tls=tls,
            )
        )
        self.unix_socket = self.folder / "socket"
        self.url = f"http{'s' if cert else ''}://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [program, "-p", self.folder, "-c", conf],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until_listening(self.process, port)
        except BaseException:
            stop(self.process)
            raise

    def requests(self):
        """(protocol, connection, status) of each request, once stopped."""
        return [fields[:3] for fields in self.fields()]

    def fields(self):
        stop(self.process)
        lines = (self.folder / "access.log").read_text().splitlines()
        return [tuple(line.split()) for line in lines]

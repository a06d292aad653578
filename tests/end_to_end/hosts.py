"""Hosts: network namespaces with an address of their own each, and a hub that
all of them are linked to, where the coordinator and the target are at home.

Needs root and the kernel's veth; nothing of the machine's own network is
touched. Close removes all.
"""

import os
import shutil
import subprocess

HUB_ADDRESS = "10.77.99.1"
NSENTER = "/usr/bin/nsenter"


def missing():
    """Why there can be no hosts here; empty if there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for name in ("ip", "nsenter"):
        if shutil.which(name) is None:
            return f"{name} is not installed"
    try:
        Hosts(1).close()
    except subprocess.CalledProcessError as error:
        return f"{error.cmd}: {error.stderr}"
    return ""


def ip(*words):
    subprocess.run(
        ["ip", *map(str, words)],
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )


class Hosts:
    def __init__(self, count):
        self.names = []
        try:
            hub = self.add("hub")
            ip("-n", hub, "address", "add", f"{HUB_ADDRESS}/32", "dev", "lo")
            for number in range(count):
                host = self.add(f"h{number}")
                near, far = self.hub_side(number), f"10.77.{number}.2"
                ip("-n", hub, "link", "add", f"to{number}", "type", "veth",
                   "peer", "name", "eth0", "netns", host)
                for name, link, address in ((hub, f"to{number}", near),
                                            (host, "eth0", far)):
                    ip("-n", name, "address", "add", f"{address}/30",
                       "dev", link)
                    ip("-n", name, "link", "set", link, "up")
                ip("-n", host, "route", "add", "default", "via", near)
        except subprocess.CalledProcessError:
            self.close()
            raise

    def add(self, name):
        name = f"invocator-{os.getpid()}-{name}"
        ip("netns", "add", name)
        self.names.append(name)
        ip("-n", name, "link", "set", "lo", "up")
        return name

    @staticmethod
    def hub_side(number):
        """The address at which a host finds the hub's end of its link."""
        return f"10.77.{number}.1"

    def within(self, number=None):
        """The command that runs another on a host, or on the hub."""
        name = self.names[0 if number is None else number + 1]
        return [NSENTER, f"--net=/var/run/netns/{name}"]

    def close(self):
        for name in self.names:
            ip("netns", "delete", name)
        self.names = []

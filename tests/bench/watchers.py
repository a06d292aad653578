#!/usr/bin/python3
"""Watches a run as browsers with its live page do: each exchanges the token for
the cookie and reads /events up to the final numbers, without looking at them.

usage: watchers.py URL COUNT
Prints how many events each has read; 0 if the final numbers did not come.
"""

import http.client
import json
import sys
import threading
import urllib.parse

DEADLINE_S = 60


def events_of(url):
    connection = http.client.HTTPConnection(url.hostname, url.port,
                                            timeout=DEADLINE_S)
    try:
        connection.request("GET", f"{url.path}?{url.query}")
        answer = connection.getresponse()
        answer.read()
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        connection.request("GET", "/events", headers={"Cookie": cookie})
        count, kind = 0, b""
        for line in connection.getresponse():
            if line.startswith(b"event: "):
                kind = line.split()[1]
            elif not line.strip() and kind:
                count += 1
                if kind == b"done":
                    return count
                kind = b""
        return 0
    finally:
        connection.close()


def main():
    url = urllib.parse.urlsplit(sys.argv[1])
    counts = [0] * int(sys.argv[2])

    def watch(i):
        counts[i] = events_of(url)

    threads = [threading.Thread(target=watch, args=(i,))
               for i in range(len(counts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(counts))


if __name__ == "__main__":
    main()

"""Load on a daemon's model todo: clients that keep their connections, every answer judged.
The key that is asked for must be the id of the item that comes."""
import collections
import concurrent.futures
import dataclasses
import http.client
import json
import time

CLIENTS = 10
CALM = 40  # good answers in a row that are full service


@dataclasses.dataclass
class Answers:
    statuses: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    longest_s: float = 0.0
    wrong: list = dataclasses.field(default_factory=list)

    def add(self, status, seconds, problem=None):
        self.statuses[status] += 1
        self.longest_s = max(self.longest_s, seconds)
        if problem:
            self.wrong.append(problem)

    def merge(self, other):
        self.statuses += other.statuses
        self.longest_s = max(self.longest_s, other.longest_s)
        self.wrong += other.wrong

    @property
    def all_good(self):
        return set(self.statuses) <= {200}


class Client:
    """One connection, made anew where the daemon has closed it."""

    def __init__(self, port, timeout_s):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)

    def ask(self, path, method="GET", headers=()):
        """(status, headers, body)"""
        try:
            self._connection.request(method, path, headers=dict(headers))
            response = self._connection.getresponse()
            return response.status, response.headers, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def close(self):
        self._connection.close()


def judge(key, status, headers, body):
    """What is wrong with the answer to a GET of that key, or None."""
    if status == 200:
        return None if json.loads(body) == {"id": key} else f"{key}: {body!r}"
    if headers["Content-Type"] != "application/problem+json":
        return f"{status} is no problem: {body!r}"
    if json.loads(body)["status"] != status:
        return f"{status}: {body!r}"
    return None


def _client(port, keys, timeout_s, begin, pause_s):
    """Asks for the keys, [(number, key)], the one of a number when it is due."""
    answers = Answers()
    client = Client(port, timeout_s)
    for number, key in keys:
        time.sleep(max(0, begin + number * pause_s - time.monotonic()))
        start = time.monotonic()
        try:
            answer = client.ask(f"/models/todo/{key}")
        except (OSError, http.client.HTTPException) as error:
            answers.add("none", time.monotonic() - start, f"{key}: {error!r}")
        else:
            answers.add(answer[0], time.monotonic() - start, judge(key, *answer))
    client.close()
    return answers


def load(port, requests, seconds=0, clients=CLIENTS, timeout_s=30, name="k"):
    """Asks so often, spread over that time at least."""
    keys = [(number, f"{name}{number}") for number in range(requests)]
    begin, answers = time.monotonic(), Answers()
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        for part in pool.map(lambda first: _client(port, keys[first::clients], timeout_s, begin,
                                                   seconds / requests), range(clients)):
            answers.merge(part)
    return answers


def seconds_until_served(port, most_s):
    """How long it takes from now on until all are served well again; None if not in that time."""
    start = time.monotonic()
    while (begin := time.monotonic()) < start + most_s:
        if load(port, CALM).all_good:
            return begin - start
    return None

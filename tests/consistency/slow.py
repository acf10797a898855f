"""A proxy before DynamoDB that makes races wide: each request waits a while before it is done, and
its answer a while after. It leaves some keys of a BatchGetItem unprocessed, and fails as many
reads as it is told to."""
import http.client
import json
import random
import threading
import time
import urllib.parse

from upstream import Upstream, error, reply

READS = ("GetItem", "BatchGetItem", "Query")
PASSED_ON = ("x-amz-target", "content-type", "x-amz-date", "authorization")


def pause():
    """Mostly short, so that much happens; sometimes long, so that much happens meanwhile."""
    time.sleep(random.random() * (0.004 if random.random() < 0.93 else 0.08))


class Slow:
    def __init__(self, url):
        self.failing = 0.0  # the share of reads that end in an error
        self._host = urllib.parse.urlsplit(url).netloc
        self._local = threading.local()
        self._front = Upstream(self._answer)
        self.url, self.stop = self._front.url, self._front.stop

    def _ask(self, request, body):
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection(self._host, timeout=60)
        headers = {name: value for name, value in request.headers
                   if name.lower() in PASSED_ON}
        self._local.connection.request("POST", "/", body, headers)
        answer = self._local.connection.getresponse()
        return answer.status, answer.read()

    def _leave_some(self, request):
        """A BatchGetItem without some of its keys, and those."""
        asked = request.json
        [(table, wish)] = asked["RequestItems"].items()
        count = random.randint(1, len(wish["Keys"]))
        left = wish["Keys"][count:]
        wish["Keys"] = wish["Keys"][:count]
        return asked, {table: {**wish, "Keys": left}} if left else {}

    def _batch(self, request):
        asked, left = self._leave_some(request)
        status, body = self._ask(request, json.dumps(asked).encode())
        if status == 200:
            body = json.dumps({**json.loads(body), "UnprocessedKeys": left}).encode()
        return status, body

    def _answer(self, request):
        pause()
        if request.operation in READS and random.random() < self.failing:
            return error("InternalServerError", 500)
        if request.operation == "BatchGetItem" and random.random() < 0.3:
            status, body = self._batch(request)
        else:
            status, body = self._ask(request, request.body)
        pause()
        return reply(body, status)

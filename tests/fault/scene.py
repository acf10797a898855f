"""One row of the fault table: a daemon of its own before an upstream of its own, what was done
to them, and what came of it."""
import collections
import contextlib
import dataclasses
import os
import pathlib
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from aws_servers import Authority
from aws_site import Site, in_environment, static
from daemon import Daemon
from load import load, seconds_until_served
from upstream import Upstream, item, lasting_port

REQUESTS = 200
LOAD_S = 2
DEADLINE_S = 3
THREADS = 2
RECOVERY_S = 10  # looked at for so long; how long it may take is the tests' to say


@dataclasses.dataclass
class Row:
    statuses: collections.Counter  # of the 200
    longest_s: float  # of all that were asked
    calls: int  # of the 200's, to DynamoDB
    first_calls: int = 0  # of as many that emptied the bucket before them
    arrived: int = 0  # of both, at the upstream
    asked: int = None  # calls to where credentials come from
    back_s: float = None  # until full service; None: it was never gone
    wrong: list = dataclasses.field(default_factory=list)


def echo(request):
    """The item that is asked for."""
    return item(**request.json["Key"])


class Scene:
    def __init__(self, folder, stack):
        self.folder, self._stack = folder, stack
        self.authority = Authority(folder)
        self.upstream = self.serving(Upstream(echo, lasting_port()))
        self.site = Site(self._start, self.upstream, folder)
        self.site.settings = {"max_retry_attempts": 3, "base_backoff_ms": 25,
                              "batch_width": 0,  # a request is a call, to be counted
                              "read_timeout_seconds": 0.5, "connect_timeout_seconds": 0.5}
        self.mend()
        self.row = Row(collections.Counter(), 0, 0)

    # What it is made of.

    def _start(self, apps, **options):
        binary = pathlib.Path(os.environ["DYNAMOD_BUILD"]) / "dynamod"
        daemon = Daemon(binary, self.folder, apps, admin="127.0.0.1:0",
                        request_timeout_seconds=DEADLINE_S, **options)
        self._stack.callback(daemon.kill)
        return daemon.wait_ready()

    def serving(self, server):
        self._stack.callback(server.stop)
        return server

    def source(self, kind, lifetime_s=3600):
        """One of aws_sources: where the daemon will find its keys."""
        return kind(self.site, self.serving, self.authority, self.folder, lifetime_s)

    def static_keys(self):
        """An environment that has keys."""
        return in_environment(static(self.site, "base"))

    def start(self, environment=None):
        environment = self.static_keys() if environment is None else environment
        self.site.start(environment, threads=THREADS)

    def stop(self):
        if self.site.daemon:
            self.site.daemon.stop()
            self.site.assert_kept_quiet()
        return self.row

    # What is done to them.

    def mend(self):
        self.upstream.script = echo

    def _attempts(self):
        text = urllib.request.urlopen(self.site.daemon.admin_url + "/metrics").read().decode()
        return int(sum(sample.value for family in text_string_to_metric_families(text)
                       for sample in family.samples
                       if sample.name == "dynamod_upstream_attempts_total"))

    def _load(self, requests, seconds):
        """The answers, and how many calls they took."""
        before = self._attempts()
        answers = load(self.site.daemon.port, requests, seconds)
        self.row.longest_s = max(self.row.longest_s, answers.longest_s)
        self.row.wrong += answers.wrong
        return answers, self._attempts() - before

    def warm_up(self):
        """What goes well before the fault."""
        answers, _ = self._load(20, 0)
        assert answers.all_good, answers

    def load(self, seconds=LOAD_S):
        answers, calls = self._load(REQUESTS, seconds)
        self.row.statuses += answers.statuses
        self.row.calls += calls

    def outage(self, mend):
        """200 requests that empty the bucket, then 200 that find it so; then it is mended."""
        before = len(self.upstream.requests)
        _, self.row.first_calls = self._load(REQUESTS, LOAD_S)
        self.load()
        self.row.arrived = len(self.upstream.requests) - before
        mend()
        self.recover()

    def recover(self):
        self.row.back_s = seconds_until_served(self.site.daemon.port, RECOVERY_S)


@contextlib.contextmanager
def scene(folder):
    with contextlib.ExitStack() as stack:
        yield Scene(folder, stack)

"""Rows of the embedded store: beside nginx's return 200, and beside DynamoDB Local."""
import subprocess
import time

import boto3

from measure import (ROUNDS, SECONDS, Target, get, in_turn, load, loads, median, memory_mb,
                     seconds_to_first_answer)
from servers import BUILD, Daemon, embedded_app, free_port, items, port_of
from dynamodb_local import DynamodbLocal
from table import at_least, at_most


def embedded(table, servers):
    ours = servers.target(embedded_app(servers.new_folder()))
    peer = servers.nginx_fixed(get(port_of(ours), "/models/item/5000"))
    table.loads("GET, 64 clients, embedded store; peer: nginx `return 200` of the same bytes",
                *loads(ours, peer), rate=at_least(0.7))


# --- beside DynamoDB Local ---

def put_all(url):
    client = boto3.resource("dynamodb", endpoint_url=url, region_name="us-east-1",
                            aws_access_key_id="bench", aws_secret_access_key="bench")
    table = client.create_table(
        TableName="item", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    with table.batch_writer() as batch:
        for item in items():
            batch.put_item(Item=item)


def store_rates(host):
    out = subprocess.run([BUILD / "tests/store_bench", host, str(SECONDS * 1000)], check=True,
                         text=True, capture_output=True).stdout
    return [float(line.split()[1]) for line in out.splitlines()]


class Pair:
    """The daemon on the embedded store and DynamoDB Local, each started and holding the items."""

    def __init__(self, servers, app):
        port = free_port()
        self.start_s, self.daemon = seconds_to_first_answer(
            lambda: Daemon(BUILD / "dynamod", servers.new_folder(), {"bench": app},
                           listen=[f"127.0.0.1:{port}"]), port, "/models/item/1")
        servers.callback(self.daemon.kill)
        began = time.monotonic()
        self.local = DynamodbLocal(servers.new_folder())
        servers.callback(self.local.stop)
        self.local.wait_ready()
        self.local_start_s = time.monotonic() - began
        put_all(self.local.url)
        self.targets = (Target(self.daemon.process.pid, f"http://127.0.0.1:{port}"),
                        Target(self.local.process.pid, self.local.url, script="getitem.lua"))

    def stop(self):
        self.daemon.stop()
        self.local.stop()


def just_started(servers, app):
    """(figures of ours, of the peer; the pair): loaded at once, as a test or a developer would."""
    pair = Pair(servers, app)
    ours, peer = (load(target) for target in pair.targets)
    memory, peer_memory = (memory_mb(target.pid, "VmRSS") for target in pair.targets)
    return ([ours.rate, ours.cpu_us, memory, pair.start_s * 1000],
            [peer.rate, peer.cpu_us, peer_memory, pair.local_start_s * 1000], pair)


def dynamodb_local(table, servers):
    """A JVM gets faster while it runs: both are counted fresh, and warm."""
    folder = servers.new_folder()
    app = embedded_app(folder, f"sqlite:{folder}/items.db")
    servers.daemon(app).stop()  # seeds the file
    rounds = []
    for _ in range(ROUNDS):
        if rounds:
            rounds[-1][-1].stop()
        rounds.append(just_started(servers, app))
    ours, peer = (median([figures[side] for figures in rounds]) for side in (0, 1))
    row = "GET, 64 clients, embedded store; peer: DynamoDB Local, both just started"
    for at, (name, form, goal) in enumerate((
            ("requests/s", "{:.0f}", at_least(8)), ("CPU µs a request", "{:.1f}", None),
            ("VmRSS, MB", "{:.1f}", at_most(0.1)),
            ("start to first answer, ms", "{:.0f}", at_most(0.05)))):
        table.figure(row, name, form, ours[at], peer[at], goal)

    pair = rounds[-1][-1]
    for _ in range(2):
        load(pair.targets[1])  # until the JVM has compiled what it will
    table.loads("GET, 64 clients, embedded store; peer: DynamoDB Local, both warm", *loads(*pair.targets))
    rates, peer_rates = in_turn(lambda: store_rates(f"sqlite:{folder}/store.db"),
                                lambda: store_rates(pair.local.url))
    for name, *figures in zip(("queries of 100 items/s", "writes/s, 1 client",
                               "writes/s, 64 clients"), rates, peer_rates):
        table.figure("the store alone, embedded; peer: DynamoDB Local", name, "{:.0f}", *figures)

"""Rows of the daemon before an upstream, beside nginx's proxy_pass to the same, or itself."""
from measure import CLIENTS, get, loads
from servers import port_of, proxied_app
from servers import model as model_of
from table import at_least, at_most


def slow_upstream(table, servers):
    upstream = servers.upstream(delay_us=2000)
    ours, peer = loads(servers.target(proxied_app(upstream)), servers.nginx_proxy(upstream),
                       clients=256)
    table.loads("GET, 256 clients, upstream that takes 2 ms; peer: nginx `proxy_pass`", ours,
                peer, rate=at_least(1.5), cpu_us=at_most(0.5), p99_ms=at_most(1))


def fast_upstream(table, servers):
    upstream = servers.upstream()
    apart = proxied_app(upstream, batch_width=0, max_pool_connections=CLIENTS)
    ours, ours_apart, peer = loads(servers.target(proxied_app(upstream)), servers.target(apart),
                                   servers.nginx_proxy(upstream))
    table.loads("GET, 64 clients, upstream that answers at once; peer: nginx `proxy_pass`", ours,
                peer, rate=at_least(1.2), cpu_us=at_most(0.7))
    table.loads("GET, 64 clients, coalescing off; peer: nginx `proxy_pass`", ours_apart, peer, rate=at_least(0.75))


def one_client(table, servers):
    upstream = servers.upstream()
    ours, peer = loads(servers.target(proxied_app(upstream)), servers.nginx_proxy(upstream),
                       clients=1)
    table.loads("GET, 1 client, upstream that answers at once; peer: nginx `proxy_pass`", ours,
                peer, p50_ms=at_most(1.25))


def cached(table, servers):
    """Every key has been read before it is measured: loads() looks away for a second."""
    models = {"item": model_of(cache={"ttl": 3600.0})}
    ours = servers.target(proxied_app(servers.upstream(), models))
    peer = servers.nginx_fixed(get(port_of(ours), "/models/item/5000"))
    table.loads("GET, 64 clients, cached; peer: nginx `return 200` of the same bytes",
                *loads(ours, peer), rate=at_least(0.9))


def tls_upstream(table, servers):
    pem, authority = servers.authority()
    over_tls = proxied_app(servers.upstream(pem=pem), ca_bundle=str(authority))
    ours, peer = loads(servers.target(over_tls), servers.target(proxied_app(servers.upstream())))
    table.loads("GET, 64 clients, TLS upstream; peer: the same without TLS", ours, peer,
                rate=at_least(0.8))

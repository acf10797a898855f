"""Rows that show that the cost of a request does not grow with the work beside it."""
from measure import CLIENTS, in_turn, loads, steady_cpu_us
from servers import embedded_app, model, proxied_app
from table import at_most

FLAT = at_most(1.3)


def compare(table, row, name, figures):
    """Each with the first."""
    first = None
    for what, figure in figures.items():
        table.figure(f"{row}: {what}", name, "{:.2f}", figure, first, first and FLAT)
        first = first or figure


def of_clients(table, row, target):
    counts = (16, 256, 4096)
    medians = in_turn(*(lambda count=count: steady_cpu_us(target, count) for count in counts))
    compare(table, row, "CPU µs a request",
            {f"{count} clients": cpu_us for count, cpu_us in zip(counts, medians)})


def clients(table, servers):
    of_clients(table, "GET, upstream that takes 2 ms",
               servers.target(proxied_app(servers.upstream(delay_us=2000))))
    of_clients(table, "GET, embedded store",
               servers.target(embedded_app(servers.new_folder())))


def models(table, servers):
    """Coalescing off: reads of many tables cannot share a call, whatever a model costs."""
    counts, upstream = (1, 100, 10000), servers.upstream()
    targets = [servers.target(proxied_app(upstream, {f"model{at}": model() for at in range(count)},
                                          batch_width=0, max_pool_connections=CLIENTS))
               for count in counts]
    for target, count in zip(targets, counts):
        target.models = count
    compare(table, "GET, 64 clients, all models in turn, coalescing off", "CPU µs a request",
            {f"{count} model{'s' * (count > 1)}": of_one.cpu_us for count, of_one in zip(counts, loads(*targets))})


def sizes(table, servers):
    sizes_kb = (0.2, 4, 100)
    targets = [servers.target(proxied_app(servers.upstream(item_bytes=int(size * 1000))))
               for size in sizes_kb]
    compare(table, "GET, 64 clients, upstream that answers at once", "CPU ns a byte of the item",
            {f"items of {size} KB": of_one.cpu_us / size
             for size, of_one in zip(sizes_kb, loads(*targets))})

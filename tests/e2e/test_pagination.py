"""Page after page by Link alone: every item exactly once, whatever the limit, the direction, the
index, and what is added meanwhile."""
import decimal
import math
import re

import pytest

import pages
from client import Connection
from daemon import Daemon

BIG, SMALL, LARGE = 10_000, 120, 12  # LARGE: of 300 KB each, three to a page of 1 MB
BIG_LIMITS = [*range(40, 1001, 60)]
SMALL_LIMITS = [1, 2, 3, 5, 7, 10, 20, 36, 119, 120, 121]
LARGE_TEXT = "x" * 300_000

ITEMS = [*(pages.item("big", number) for number in range(BIG)),
         *(pages.item("small", number) for number in range(SMALL)),
         *(pages.item("large", number, text=LARGE_TEXT) for number in range(LARGE))]

# What is walked: its address for a partition, and the order of its keys.
WALKS = {
    "table": ("/models/pages/{}?", lambda item: item["r"]),
    "global": ("/models/pages@by_group/of%20{}?", lambda item: item["s"]),
    "local": ("/models/pages@by_rank/{}?", lambda item: item["k"]),
}


@pytest.fixture(scope="module")
def served(binary, store, request, tmp_path_factory):
    """(port, host of the store)."""
    folder = tmp_path_factory.mktemp("pages")
    app, host = pages.store_of(store, folder, request, ITEMS,
                               {**pages.MODEL, "count_pages": 2})
    daemon = Daemon(binary, folder, {"app": app}, threads=1)
    try:
        daemon.wait_ready()
        if store == "dynamodb":
            pages.put_all(request.getfixturevalue("dynamodb"), "pages", ITEMS[:-LARGE])
            pages.put_all(request.getfixturevalue("dynamodb"), "pages", ITEMS[-LARGE:])
        yield daemon.port, host
        daemon.stop()
    finally:
        daemon.kill()


@pytest.fixture
def connection(served):
    connection = Connection(served[0])
    yield connection
    connection.close()


@pytest.fixture
def writer(served):
    writer = pages.Writer(served[1])
    yield writer
    writer.stop()


def walk(connection, target, between=lambda page: None):
    """All pages, following Link: rel="next"."""
    found = []
    while target:
        response = connection.get(target)
        assert response.status == 200, (target, response.body)
        found.append(response.json)
        between(len(found))
        link = response.headers.get("link")
        match = link and re.fullmatch(r'<(/[^<>]*)>; rel="next"', link)
        assert link is None or match, link
        target = match and match[1]
    return found


def assert_once(found, count, limit, order=None, descending=False):
    items = [item for page in found for item in page]
    numbers = [item["r"] for item in items]
    assert len(numbers) == len(set(numbers)), "some came twice"
    assert len(numbers) == count, f"{len(numbers)} came of {count}"
    assert all(len(page) <= limit for page in found)
    assert len(found) <= math.ceil(count / limit) + 1
    if order:
        keys = [order(item) for item in items]
        assert keys == sorted(keys, reverse=descending)


def target_of(name, partition, limit, descending):
    address, order = WALKS[name]
    direction = "&order=desc" if descending else ""
    return (f"{address.format(partition)}limit={limit}{direction}&attributes_to_get=r,s,k,h",
            order)


@pytest.mark.parametrize("descending", [False, True], ids=["asc", "desc"])
@pytest.mark.parametrize("name", ["table", "global"])
def test_ten_thousand_items_each_once(connection, name, descending):
    for limit in BIG_LIMITS[descending::2]:
        target, order = target_of(name, "big", limit, descending)
        assert_once(walk(connection, target), BIG, limit, order, descending)


@pytest.mark.parametrize("descending", [False, True], ids=["asc", "desc"])
@pytest.mark.parametrize("name", WALKS)
def test_small_pages(connection, name, descending):
    for limit in SMALL_LIMITS:
        target, order = target_of(name, "small", limit, descending)
        assert_once(walk(connection, target), SMALL, limit, order, descending)


@pytest.mark.parametrize("place", ["pages", "pages@by_group", "pages@by_rank"])
def test_scans(connection, place):
    for limit in (1000, 997):
        found = walk(connection, f"/models/{place}?limit={limit}&attributes_to_get=h,r")
        keys = [(item["h"], item["r"]) for page in found for item in page]
        assert len(keys) == len(set(keys))
        assert {(item["h"], item["r"]) for item in ITEMS} <= set(keys)


def test_filters_leave_pages_empty_and_lose_nothing(connection):
    found = walk(connection, "/models/pages/big?limit=900&s=in.(3,150)&attributes_to_get=r")
    assert sorted(item["r"] for page in found for item in page) == \
        [*range(150, 200), *range(7500, 7550)]
    assert len(found) >= BIG // 900 and [] in found


def test_pages_of_a_megabyte(connection):
    found = walk(connection, "/models/pages/large")
    assert [item["r"] for page in found for item in page] == list(range(LARGE))
    assert all(item["text"] == LARGE_TEXT for page in found for item in page)
    assert LARGE / 4 <= len(found) <= LARGE / 3 + 1


def test_a_count_goes_on_past_the_models_pages(connection):
    """count_pages is 2: six or eight of the large items for one answer."""
    found = walk(connection, "/models/pages/large?count=true")
    counts = [page["count"] for page in found]
    assert sum(counts) == LARGE and 2 <= len(counts) <= 3
    assert connection.get("/models/pages/big?count=true").json == {"count": BIG}


@pytest.mark.parametrize("descending", [False, True], ids=["asc", "desc"])
@pytest.mark.parametrize("name", WALKS)
def test_items_that_are_added_meanwhile(connection, writer, name, descending):
    """Those that were there come once; of the new ones none comes twice."""
    partition = f"added to {name} {descending}"
    old = [pages.item(partition, number) for number in range(200)]
    for item in old:
        writer.put(item)

    def add(page):
        place = 200 - page * 20 if descending else page * 20
        for offset in ("-0.5", "0.25", "7.5"):
            number = place + decimal.Decimal(offset)
            writer.put({**pages.item(partition, int(number)), "r": number})

    target, order = target_of(name, partition.replace(" ", "%20"), 20, descending)
    items = [item for page in walk(connection, target, add) for item in page]
    numbers = [item["r"] for item in items]
    assert len(numbers) == len(set(numbers))
    assert {item["r"] for item in old} <= set(numbers)
    keys = [order(item) for item in items]
    assert keys == sorted(keys, reverse=descending)


def test_items_that_are_added_while_a_table_is_scanned(connection, writer):
    def add(page):
        if page <= 10:
            writer.put(pages.item(f"new {page}", page))

    found = walk(connection, "/models/pages?limit=1000&attributes_to_get=h,r", add)
    keys = [(item["h"], item["r"]) for page in found for item in page]
    assert len(keys) == len(set(keys))
    assert {(item["h"], item["r"]) for item in ITEMS} <= set(keys)

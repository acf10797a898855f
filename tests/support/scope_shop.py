"""The apps of the two worlds: models that keep something from their clients, and the same ones that
show it; and the items of their tables."""
import hashlib

from scope import HIDDEN

STRINGS = {"id": "S", "pk": "S", "sk": "S", "owner": "S", "status": "S", "age": "N"}


def attributes(*names, **more):
    return {**{name: STRINGS[name] for name in names}, **more}


def users(**settings):
    return {"table_name": "scope-users", "hash_key": "id", "allow": ["read", "write"],
            "attributes": attributes("id", "status", "age", password_hash="S", pin="N"),
            "indexes": {"by_status": {"hash_key": "status", "range_key": "age"}}, **settings}


def counted(**settings):
    return {"table_name": "scope-counted", "hash_key": "id", "allow": ["read", "write"],
            "attributes": attributes("id", rev="version"), **settings}


def simple(table, *allow):
    return {"table_name": f"scope-{table}", "hash_key": "id", "attributes": attributes("id"),
            "allow": list(allow)}


def keyed(table, pk, sk, owner, **settings):
    return {"table_name": f"scope-{table}", "hash_key": pk, "range_key": sk,
            "attributes": attributes("pk", "sk", "owner"), "allow": ["read", "write"],
            "indexes": {"by_owner": {"hash_key": owner, "range_key": sk}}, **settings}


def template(name, text):
    return {"name": name, "template": text}


HASH, RANGE, OWNER = (template("pk", "CUST#{}"), template("sk", "ORDER#{}"),
                      template("owner", "OWN#{}"))
ENDED = template("pk", "T#{}#E")

SHOP = {
    "users": users(hide=HIDDEN),
    "cached": users(hide=HIDDEN, cache={"ttl": 3600}),
    "counted": counted(hide=HIDDEN),
    "sealed": simple("sealed", "write"),
    "shown": simple("shown", "read"),
    "customers": keyed("customers", HASH, "sk", OWNER),
    "orders": keyed("orders", HASH, RANGE, OWNER),
    "ended": keyed("ended", ENDED, "sk", "owner"),
}
BACK = {
    "users": users(), "counted": counted(), "sealed": simple("sealed", "read", "write"),
    "shown": simple("shown", "read", "write"),
    **{name: keyed(name, "pk", "sk", "owner") for name in ("customers", "orders", "ended")},
}

# What tokens leave of models that allow both.
GUARDED = {
    "models": {"sealed": simple("sealed", "read", "write"),
               "shown": simple("shown", "read", "write"), "users": users()},
    "auth": {"tokens": [{"name": name, "sha256": [hashlib.sha256(name.encode()).hexdigest()],
                         "allow": [allow], "models": [model]}
                        for name, allow, model in (("writer-of-scope", "write", "sealed"),
                                                   ("reader-of-scope", "read", "shown"))]},
}

# Keys that are of no item of those models: (pk, sk). What has nothing in the place of {} is inside.
OUTSIDE = {
    "customers": [("ADMIN#1", "a"), ("CUST", "a"), ("CUS#1", "a"), ("cust#1", "a"),
                  ("CUST\0#1", "a"), ("CUSU#1", "a"), ("{}", "a"), ("C", "a"), ("~", "a")],
    "orders": [("CUST#1", "ORDER"), ("CUST#1", "PROFILE"), ("CUST#1", "!"),
               ("CUST#1", "ORDES#1"), ("CUST#1", "~"), ("ADMIN#1", "ORDER#1"),
               ("CUST", "ORDER#1")],
    "ended": [("T#1", "a"), ("T#1#", "a"), ("T#E", "a"), ("T#1#F", "a"),
              ("S#1#E", "a"), ("#E", "a"), ("ADMIN#1", "a")],
}
INSIDE = {
    "customers": [("CUST#1", "a"), ("CUST#2", "a"), ("CUST#{}", "a")],
    "orders": [("CUST#1", "ORDER#1"), ("CUST#1", "ORDER#2"), ("CUST#2", "ORDER#1")],
    "ended": [("T#1#E", "a"), ("T#2#E", "a"), ("T#2#E", "b")],
}
CRAFTED = [
    "ADMIN%231", "..%2FADMIN%231", "..", "%2e%2e", ".", "%00", "%00%231", "CUST%231", "%23",
    "%7B%7D", "1%00", "*", "%25", "%E2%80%8B", "ADMIN%231%00", "1%23E", "%23%23E", "E", "%20",
    "T%231%23E", ""]


def numbered(count, secrets=None, **more):
    return [{"id": {"S": f"u{number}"}, "name": {"S": f"n{number}"}, "note": {"S": "old"},
             **(secrets.attributes() if secrets else {}), **more} for number in range(count)]


def of_table(name, secrets):
    """Inside all is the same in both worlds, and outside all but the keys differs."""
    inside = [{"pk": {"S": pk}, "sk": {"S": sk}, "owner": {"S": "OWN#1"}, "note": {"S": "old"}}
              for pk, sk in INSIDE[name]]
    outside = [{"pk": {"S": pk}, "sk": {"S": sk}, "owner": {"S": "OWN#1"},
                "note": {"S": secrets.text()}} for pk, sk in OUTSIDE[name]]
    return inside + outside


def items(secrets):
    status = {"status": {"S": "open"}, "age": {"N": "7"}}
    return {
        "users": numbered(4, secrets, **status),
        "counted": numbered(2, secrets, rev={"N": "3"}),
        "sealed": [{"id": {"S": f"u{number}"}, "note": {"S": secrets.text()},
                    **secrets.attributes()} for number in range(3)],
        "shown": numbered(3),
        **{name: of_table(name, secrets) for name in OUTSIDE},
    }

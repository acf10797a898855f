"""Key schemas: learnt from DescribeTable, kept, and learnt anew when the table has others."""
import apps
from client import curl
from tables import create
from upstream import error, item, reply


def described(name, kind):
    return reply({"Table": {
        "TableName": "task", "TableStatus": "ACTIVE",
        "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind}]}})


def learning_daemon(start, url):
    return start({"app": {"dynamodb": apps.connection(url), "models": {"task": {}}}}, threads=1)


def test_the_schema_is_asked_for_once(start, upstream):
    upstream.script = lambda request: (
        described("k", "N") if request.operation == "DescribeTable" else item(k={"N": "1"}))
    daemon = learning_daemon(start, upstream.url)
    for _ in range(3):
        assert curl(f"{daemon.url}/models/task/1").json == {"k": 1}
    assert [request.operation for request in upstream.requests] == \
           ["DescribeTable", "GetItem", "GetItem", "GetItem"]
    assert upstream.requests[1].json["Key"] == {"k": {"N": "1"}}


def test_a_key_that_does_not_match_is_asked_for_anew(start, upstream):
    mismatch = error("ValidationException",
                     message="The provided key element does not match the schema")
    schema = ("old", "S")

    def script(request):
        if request.operation == "DescribeTable":
            return described(*schema)
        return item(new={"N": "7"}) if request.json["Key"] == {schema[0]: {schema[1]: "7"}} \
            else mismatch

    upstream.script = script
    daemon = learning_daemon(start, upstream.url)
    assert curl(f"{daemon.url}/models/task/7").status == 200
    schema = ("new", "N")
    assert curl(f"{daemon.url}/models/task/7.0").status == 200
    assert [request.operation for request in upstream.requests] == [
        "DescribeTable", "GetItem", "GetItem", "DescribeTable", "GetItem"]


def test_a_key_that_never_matches_ends(start, upstream):
    mismatch = error("ValidationException",
                     message="The provided key element does not match the schema")
    upstream.script = lambda request: (
        described("k", "S") if request.operation == "DescribeTable" else mismatch)
    daemon = learning_daemon(start, upstream.url)
    curl(f"{daemon.url}/models/task/1").assert_problem(400, "validation-failed")
    assert len(upstream.requests) < 6


def test_a_table_made_anew_with_other_keys(start, dynamodb, dynamodb_local):
    create(dynamodb, "anew", [("id", "S")])
    dynamodb.put_item(TableName="anew", Item={"id": {"S": "1"}})
    app = {"dynamodb": apps.connection(dynamodb_local), "models": {"anew": {}}}
    daemon = start({"app": app})
    assert curl(f"{daemon.url}/models/anew/1").json == {"id": "1"}

    dynamodb.delete_table(TableName="anew")
    curl(f"{daemon.url}/models/anew/1").assert_problem(404, "table-not-found")
    create(dynamodb, "anew", [("n", "N"), ("b", "B")])
    dynamodb.put_item(TableName="anew", Item={"n": {"N": "1"}, "b": {"B": b"\1"}})
    assert curl(f"{daemon.url}/models/anew/1.0/AQ").json == {"n": 1, "b": "AQ=="}

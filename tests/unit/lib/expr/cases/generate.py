#!/usr/bin/python3
"""Asks a DynamoDB Local what it makes of the expressions in conditions.txt, updates.txt and
projections.txt, and writes its answers behind them: of an update, what changed and, behind
another tab, what went.

    generate.py http://127.0.0.1:8000
"""
import base64
import json
import pathlib
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = pathlib.Path(__file__).parent
TABLE = "expressions"
KEY = {"id": {"S": "1"}}
ITEM = json.loads((HERE / "item.json").read_text())

client = boto3.client("dynamodb", endpoint_url=sys.argv[1], region_name="us-east-1",
                      aws_access_key_id="x", aws_secret_access_key="y",
                      config=Config(retries={"max_attempts": 0}))


def decode(value):
    """JSON's base64 to bytes."""
    (kind, content), = value.items()
    if kind == "B":
        return {kind: base64.b64decode(content)}
    if kind == "BS":
        return {kind: [base64.b64decode(one) for one in content]}
    if kind == "L":
        return {kind: [decode(one) for one in content]}
    if kind == "M":
        return {kind: {name: decode(one) for name, one in content.items()}}
    return value


def encode(value):
    """Bytes to JSON's base64, members of maps by name."""
    (kind, content), = value.items()
    if kind == "B":
        return {kind: base64.b64encode(content).decode()}
    if kind == "BS":
        return {kind: [base64.b64encode(one).decode() for one in content]}
    if kind == "L":
        return {kind: [encode(one) for one in content]}
    if kind == "M":
        return {kind: {name: encode(one) for name, one in sorted(content.items())}}
    return value


def take_values(text):
    """The expression with placeholders, and what they stand for."""
    values, out, at = {}, "", 0
    while at < len(text):
        if text[at] != "{":
            out += text[at]
            at += 1
            continue
        end, depth = at, 0
        while True:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
            if not depth:
                break
        name = f":v{len(values)}"
        values[name] = decode(json.loads(text[at:end].replace("'", '"')))
        out += name
        at = end
    return out, ({"ExpressionAttributeValues": values} if values else {})


def put():
    client.put_item(TableName=TABLE, Item={name: decode(value) for name, value in ITEM.items()})


def asked(ask):
    try:
        return ask()
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return "false"
        return error.response["Error"]["Message"]


def shown(item):
    return json.dumps({name: encode(value) for name, value in sorted(item.items())},
                      separators=(",", ":"), ensure_ascii=False)


def condition(text):
    put()
    expression, values = take_values(text)
    client.update_item(TableName=TABLE, Key=KEY, ConditionExpression=expression, **values)
    return "true"


def update(text):
    put()
    expression, values = take_values(text)
    after = client.update_item(TableName=TABLE, Key=KEY, UpdateExpression=expression,
                               ReturnValues="ALL_NEW", **values)["Attributes"]
    before = {name: decode(value) for name, value in ITEM.items()}
    changed = {name: value for name, value in after.items() if value != before.get(name)}
    return "\t".join([shown(changed), " ".join(sorted(before.keys() - after.keys()))]).rstrip()


def projection(text):
    put()
    return shown(client.get_item(TableName=TABLE, Key=KEY, ProjectionExpression=text)["Item"])


def main():
    try:
        client.create_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST",
                            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    except client.exceptions.ResourceInUseException:
        pass
    for name, ask in ("conditions", condition), ("updates", update), ("projections", projection):
        file = HERE / f"{name}.txt"
        lines = [line.split("\t")[0] for line in file.read_text().splitlines()]
        file.write_text("".join(
            f"{line}\n" if not line or line.startswith("#") else
            f"{line}\t{asked(lambda: ask(line))}\n" for line in lines))


main()

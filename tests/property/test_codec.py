"""The codec against Python's json and Decimal.

Thousands of random documents go through build/tests/codec_tool. A failure prints its seed;
PROPERTY_SEED=… runs the same documents again.
"""

import base64
import json
import os
import random
import re
import subprocess
from decimal import Decimal

import pytest

ROUNDS = 2000
ITEM_LEVELS = 32
JSON_LEVELS = 65


@pytest.fixture
def rng():
    seed = int(os.environ.get("PROPERTY_SEED") or random.SystemRandom().getrandbits(32))
    print(f"PROPERTY_SEED={seed}")
    return random.Random(seed)


def run(mode, texts):
    """What the tool answers to each text: bytes, or None where it refused."""
    tool = os.path.join(os.environ["DYNAMOD_BUILD"], "tests", "codec_tool")
    lines = b"".join(mode.encode() + b" " + text + b"\n" for text in texts)
    done = subprocess.run([tool], input=lines, stdout=subprocess.PIPE, check=True, timeout=100)
    answers = done.stdout.split(b"\n")[:-1]
    assert len(answers) == len(texts)
    for answer in answers:
        if answer.startswith(b"error: "):
            assert answer.startswith(b"error: invalid-request: "), answer
            answer.decode("utf-8")
    return [None if answer.startswith(b"error: ") else answer for answer in answers]


# --- random documents


def random_text(rng):
    alphabets = [
        "abcdefghijklmnopqrstuvwxyz ",
        "\"\\/\b\f\n\r\t\0\x01\x1f\x7f",
        "éßñ¡\x80\u07ff\u2028\u20ac\ud7ff\ue000\uffff",
        "😀🏳𝒳\U00010000\U0010ffff",
    ]
    weights = rng.choice([(1, 0, 0, 0), (5, 1, 1, 1), (1, 1, 1, 1), (0, 0, 0, 1)])
    length = rng.choice([0, 1, 2, 7, 8, 9, 16, 33, rng.randrange(200)])
    return "".join(rng.choice(a) for a in rng.choices(alphabets, weights, k=length))


def random_number(rng):
    digits = rng.choice([1, 2, 5, 17, 37, 38])
    text = str(rng.randrange(1, 10)) + "".join(rng.choice("0123456789") for _ in range(digits - 1))
    sign = rng.choice(["", "", "-"])
    kind = rng.randrange(5)
    if kind == 0:
        return sign + text
    if kind == 1 and digits > 1:
        return f"{sign}{text[:digits // 2]}.{text[digits // 2:]}"
    if kind == 2:
        return sign + "0." + "0" * rng.randrange(90) + text
    if kind == 3:
        return rng.choice(["0", "-0", "0.0", "0e5", "1E125", "1E-130"])
    fraction = "." + text[1:] if digits > 1 else ""
    exponent = f"{rng.choice('eE')}{rng.choice(['', '+'])}{rng.randrange(126)}"
    if rng.random() < 0.5:
        exponent = f"{rng.choice('eE')}-{rng.randrange(131)}"
    return sign + text[0] + fraction + exponent


def random_bytes(rng):
    return base64.b64encode(rng.randbytes(rng.choice([0, 1, 2, 3, rng.randrange(100)]))).decode()


def distinct(rng, make, key=lambda member: member):
    members = {key(member): member for member in (make(rng) for _ in range(rng.choice([1, 2, 5, 40])))}
    return list(members.values())


def random_value(rng, levels):
    scalars = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS"]
    kind = rng.choice(scalars + (["L", "M"] * 3 if levels else []))
    if kind == "S":
        return {kind: random_text(rng)}
    if kind == "N":
        return {kind: random_number(rng)}
    if kind == "B":
        return {kind: random_bytes(rng)}
    if kind == "BOOL":
        return {kind: rng.random() < 0.5}
    if kind == "NULL":
        return {kind: True}
    if kind == "SS":
        return {kind: distinct(rng, random_text)}
    if kind == "NS":
        return {kind: distinct(rng, random_number, Decimal)}
    if kind == "BS":
        return {kind: distinct(rng, random_bytes)}
    if kind == "L":
        return {kind: [random_value(rng, levels - 1) for _ in range(rng.choice([0, 1, 3]))]}
    return {kind: random_map(rng, levels - 1, rng.choice([0, 1, 3, 20]) if levels < 3 else 1)}


def random_map(rng, levels, count):
    return {random_text(rng): random_value(rng, levels) for _ in range(count)}


def random_item(rng):
    return random_map(rng, rng.choice([0, 1, 2, 4, 8, ITEM_LEVELS - 1]), rng.choice([0, 1, 2, 5, 12]))


def spell_string(rng, text):
    """One of the spellings that JSON has for a string."""
    style = rng.choice([0, 0, 0.1, 1])
    short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    out = []
    for char in text:
        if rng.random() < style:
            units = char.encode("utf-16-be")
            hexes = units.hex() if rng.random() < 0.5 else units.hex().upper()
            out.extend("\\u" + hexes[i : i + 4] for i in range(0, len(hexes), 4))
        elif char in short:
            out.append(short[char])
        elif ord(char) < 0x20:
            out.append(f"\\u{ord(char):04x}")
        else:
            out.append("\\/" if char == "/" and rng.random() < 0.5 else char)
    return '"' + "".join(out) + '"'


def spell(rng, tree):
    space = rng.choice(["", "", " ", "\t ", "\r"])
    if isinstance(tree, dict):
        members = (f"{spell_string(rng, n)}{space}:{space}{spell(rng, v)}" for n, v in tree.items())
        return "{" + space + f"{space},{space}".join(members) + space + "}"
    if isinstance(tree, list):
        return "[" + space + f"{space},{space}".join(spell(rng, v) for v in tree) + space + "]"
    return spell_string(rng, tree) if isinstance(tree, str) else json.dumps(tree)


# --- what Python makes of a text


class Refused(Exception):
    """Not a document by the rules that dynamod documents."""


def refuse_constant(name):
    raise Refused(name)


class Number(str):
    """A number's own characters."""


def parse(text):
    """Objects as tuples of pairs, arrays as lists, numbers as Number."""
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=tuple,
            parse_float=Number,
            parse_int=Number,
            parse_constant=refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise Refused(str(error)) from error


NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?0*[0-9]{1,9})?", re.ASCII)


def check_number(text):
    """The number as a Decimal; DynamoDB's rules."""
    if not NUMBER.fullmatch(text):
        raise Refused("number")
    _, digits, exponent = Decimal(text).as_tuple()
    digits = "".join(map(str, digits)).lstrip("0")
    if digits:
        magnitude = exponent + len(digits) - 1
        if len(digits.rstrip("0")) > 38 or not -130 <= magnitude <= 125:
            raise Refused("range")
    return Decimal(text)


def check_string(text):
    if re.search("[\ud800-\udfff]", text):
        raise Refused("lone surrogate")
    return text


def check_json(tree, levels):
    """Any JSON: strings and depth."""
    if isinstance(tree, (tuple, list)):
        if levels == 0:
            raise Refused("depth")
        for element in tree:
            if isinstance(tree, tuple):
                check_string(element[0])
                element = element[1]
            check_json(element, levels - 1)
    elif isinstance(tree, str):
        check_string(tree)


def check_names(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise Refused("duplicate member")


def check_plain(tree, levels):
    if isinstance(tree, (tuple, list)) and levels == 0:
        raise Refused("depth")
    if isinstance(tree, tuple):
        check_names(tree)
        for _, value in tree:
            check_plain(value, levels - 1)
    elif isinstance(tree, list):
        for value in tree:
            check_plain(value, levels - 1)
    elif isinstance(tree, Number):
        check_number(tree)


def is_string(tree):
    return isinstance(tree, str) and not isinstance(tree, Number)


def check_binary(text):
    if not re.fullmatch("[A-Za-z0-9+/]*={0,2}", text):
        raise Refused("base64")
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused("base64") from error
    if base64.b64encode(decoded).decode() != text:
        raise Refused("base64")
    return text


def check_set(tree, check):
    if not isinstance(tree, list) or not tree or not all(map(is_string, tree)):
        raise Refused("set")
    if len({check(member) for member in tree}) != len(tree):
        raise Refused("equal members")


def check_typed(tree, levels):
    if not isinstance(tree, tuple) or len(tree) != 1:
        raise Refused("typed value")
    kind, content = tree[0]
    sets = {"SS": check_string, "NS": check_number, "BS": check_binary}
    scalars = {"S": check_string, "N": check_number, "B": check_binary}
    if kind in scalars and is_string(content):
        scalars[kind](content)
    elif kind in sets:
        check_set(content, sets[kind])
    elif kind == "L" and isinstance(content, list) and levels:
        for element in content:
            check_typed(element, levels - 1)
    elif kind == "M" and isinstance(content, tuple):
        check_map(content, levels)
    elif not (kind == "BOOL" and isinstance(content, bool)) and not (kind == "NULL" and content is True):
        raise Refused("type")


def check_map(tree, levels):
    if not isinstance(tree, tuple) or not levels:
        raise Refused("map")
    check_names(tree)
    for _, value in tree:
        check_typed(value, levels - 1)


def accepted(text, mode):
    try:
        if mode == "skip":
            check_json(parse(text), JSON_LEVELS)
            return True
        tree = parse(text)
        check_json(tree, JSON_LEVELS)
        if mode == "plain-plain":
            check_plain(tree, ITEM_LEVELS)
        else:
            check_map(tree, ITEM_LEVELS)
        return True
    except Refused:
        return False


# --- the properties


def pairs(tree):
    """Python's tree as parse() would have it."""
    if isinstance(tree, dict):
        return tuple((name, pairs(value)) for name, value in tree.items())
    return [pairs(value) for value in tree] if isinstance(tree, list) else tree


def plain(value):
    """What the plain form of a typed value is, numbers as (Decimal, spelling)."""
    kind, content = next(iter(value.items()))
    if kind == "N":
        return Decimal(content), content
    if kind == "NS":
        return [(Decimal(text), text) for text in content]
    if kind == "NULL":
        return None
    if kind == "L":
        return [plain(element) for element in content]
    if kind == "M":
        return tuple((name, plain(member)) for name, member in content.items())
    return content


def parse_decimal(text):
    return json.loads(
        text,
        object_pairs_hook=tuple,
        parse_float=lambda digits: (Decimal(digits), digits),
        parse_int=lambda digits: (Decimal(digits), digits),
    )


def test_typed_items_come_back_as_they_were(rng):
    items = [random_item(rng) for _ in range(ROUNDS)]
    texts = [spell(rng, item).encode() for item in items]
    answers = run("ddb-ddb", texts)
    for item, text, answer in zip(items, texts, answers):
        assert answer is not None, text
        assert parse(answer) == pairs(item), text
    assert run("ddb-ddb", answers) == answers


def test_typed_items_become_plain_with_every_digit(rng):
    items = [random_item(rng) for _ in range(ROUNDS)]
    texts = [spell(rng, item).encode() for item in items]
    for item, text, answer in zip(items, texts, run("ddb-plain", texts)):
        assert answer is not None, text
        assert parse_decimal(answer) == plain({"M": item}), text


def plain_document(value):
    """A typed value's plain JSON text, as Python writes it."""
    kind, content = next(iter(value.items()))
    if kind == "N":
        return content
    if kind == "NS":
        return "[" + ",".join(content) + "]"
    if kind == "L":
        return "[" + ",".join(map(plain_document, content)) + "]"
    if kind == "M":
        members = (json.dumps(name) + ":" + plain_document(member) for name, member in content.items())
        return "{" + ",".join(members) + "}"
    return "null" if kind == "NULL" else json.dumps(content)


def test_plain_documents_come_back_as_they_were(rng):
    texts = [plain_document({"M": random_item(rng)}).encode() for _ in range(ROUNDS)]
    texts = [text for text in texts if accepted(text, "plain-plain")]
    assert len(texts) > ROUNDS / 2
    for text, answer in zip(texts, run("plain-plain", texts)):
        assert answer is not None, text
        assert parse_decimal(answer) == parse_decimal(text)


PIECES = (
    [b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b" ", b"0", b"-", b".", b"e", b"=", b"N", b"S"]
    + [b"\\ud800", b"\\u00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\0", b"\x1f", b"\xef\xbb\xbf"]
    + [b"NaN", b"null", b"true"]
)


def mutate(rng, text):
    text = bytearray(text)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        at, end = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        kind = rng.randrange(6)
        if kind == 0:
            del text[at : at + rng.choice([1, 1, 2, 5])]
        elif kind == 1:
            text[at:at] = rng.choice(PIECES)
        elif kind == 2:
            text[at : at + 1] = rng.choice(PIECES)
        elif kind == 3:
            del text[at:]
        elif kind == 4 and end - at < 100:
            text[at:at] = text[at:end]
        elif at < len(text):
            text[at] ^= 1 << rng.randrange(8)
    return bytes(text).replace(b"\n", b"\t")


@pytest.mark.parametrize("mode", ["skip", "ddb-ddb", "plain-plain"])
def test_mutated_documents_are_taken_exactly_where_they_should_be(rng, mode, survived):
    texts = []
    for _ in range(2 * ROUNDS):
        item = random_item(rng)
        text = plain_document({"M": item}) if mode == "plain-plain" else spell(rng, item)
        texts.append(mutate(rng, text.encode()))
    refused = 0
    for text, answer in zip(texts, run(mode, texts)):
        expected = accepted(text, mode)
        assert (answer is not None) == expected, text
        refused += not expected
    assert 0.3 < refused / len(texts) < 0.99
    survived("JSON: mutated documents", len(texts))


def test_nesting_ends_where_dynamodb_ends_it():
    def nested(levels):
        return '{"a":' + '{"L":[' * levels + '{"S":"x"}' + "]}" * levels + "}"

    texts = [nested(levels).encode() for levels in range(28, 36)]
    answers = run("ddb-ddb", texts)
    assert [answer is not None for answer in answers] == [levels < ITEM_LEVELS for levels in range(28, 36)]


def random_spelling(rng):
    text = random_number(rng)
    if rng.random() < 0.3:
        text = rng.choice(["+", "0", "00", "-", ""]) + text
    if rng.random() < 0.3:
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(["0", "9", ".", "e", "E1", "-", "+", " ", "x", "0" * 50]) + text[at:]
    if rng.random() < 0.1:
        at = rng.randrange(len(text))
        text = text[:at] + text[at + 1 :]
    return text


def canonical(number):
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def test_numbers_have_one_text_that_decimal_agrees_with(rng):
    texts = [random_spelling(rng) for _ in range(10 * ROUNDS)]
    for text, answer in zip(texts, run("number", [text.encode() for text in texts])):
        try:
            expected = canonical(check_number(text)).encode()
        except Refused:
            expected = None
        assert answer == expected, text

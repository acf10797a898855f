"""Conditions, evaluated as AWS documents them, and written as a query of REST.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html

A value is DynamoDB JSON ({"N": "1"}); a path is a list of names and indexes; a condition a
tuple: ("and", …), ("or", …), ("not", c), ("eq", path, value) and its like, ("between", path,
low, high), ("in", path, value, …), ("exists", path, bool), ("type", path, "S").
"""
import base64
import decimal
import json
import re
import urllib.parse

NUMBERS = decimal.Context(prec=60)
ORDERED = ("S", "N", "B")
MEMBERS = {"SS": "S", "NS": "N", "BS": "B"}


# Evaluation.

def at(path, item):
    """Where the path leads, or None."""
    value = {"M": item}
    for step in path:
        kind, content = next(iter(value.items()))
        if isinstance(step, str):
            value = content.get(step) if kind == "M" else None
        else:
            value = content[step] if kind == "L" and step < len(content) else None
        if value is None:
            return None
    return value


def plain(kind, content):
    """Something of Python's that compares as DynamoDB compares the scalar."""
    if kind == "S":
        return content.encode()
    if kind == "N":
        return NUMBERS.create_decimal(content)
    return base64.b64decode(content) if kind == "B" else content


def comparable(value):
    """Something of Python's that is equal where DynamoDB's values are."""
    [(kind, content)] = value.items()
    if kind in MEMBERS:
        return kind, frozenset(plain(MEMBERS[kind], member) for member in content)
    if kind == "L":
        return kind, tuple(map(comparable, content))
    if kind == "M":
        return kind, frozenset((name, comparable(member)) for name, member in content.items())
    return kind, plain(kind, content)


def equal(left, right):
    return left is not None and comparable(left) == comparable(right)


def order(left, right):
    """-1, 0 or 1; None where they have no order: of other types, or not there."""
    if left is None or left.keys() != right.keys():
        return None
    [kind] = left
    assert kind in ORDERED
    a, b = plain(kind, left[kind]), plain(kind, right[kind])
    return (a > b) - (a < b)


def begins_with(value, start):
    [kind] = start
    return value is not None and kind in value and \
        plain(kind, value[kind]).startswith(plain(kind, start[kind]))


def contains(value, wanted):
    if value is None:
        return False
    [(kind, content)] = value.items()
    [wanted_kind] = wanted
    if kind in ("S", "B"):
        return kind == wanted_kind and plain(kind, wanted[kind]) in plain(kind, content)
    if kind in MEMBERS:
        return any(equal({MEMBERS[kind]: member}, wanted) for member in content)
    return kind == "L" and any(equal(element, wanted) for element in content)


COMPARISONS = {
    "lt": lambda sign: sign == -1, "le": lambda sign: sign in (-1, 0),
    "gt": lambda sign: sign == 1, "ge": lambda sign: sign in (0, 1),
}


def holds(condition, item):
    kind, *rest = condition
    if kind == "and":
        return all(holds(child, item) for child in rest)
    if kind == "or":
        return any(holds(child, item) for child in rest)
    if kind == "not":
        return not holds(rest[0], item)
    path, *operands = rest
    value = at(path, item)
    if kind == "eq":
        return equal(value, operands[0])
    if kind == "ne":
        return not equal(value, operands[0])
    if kind in COMPARISONS:
        return COMPARISONS[kind](order(value, operands[0]))
    if kind == "between":
        return order(value, operands[0]) in (0, 1) and order(value, operands[1]) in (-1, 0)
    if kind == "in":
        return any(equal(value, operand) for operand in operands)
    if kind == "exists":
        return (value is not None) == operands[0]
    if kind == "type":
        return value is not None and operands[0] in value
    return {"begins_with": begins_with, "contains": contains}[kind](value, operands[0])


# As text. `declared` has the attributes whose type the model knows: name → type.

WORDS = {"and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "between", "in", "exists", "type",
         "begins_with", "contains", "limit", "after", "order", "count", "raw", "explain", "hash",
         "range", "message"}


def in_quotes(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def name_text(name):
    simple = re.fullmatch(r"[a-z][a-z0-9]*", name) and name not in WORDS
    return name if simple else in_quotes(name)


def path_text(path):
    steps = [f"[{step}]" if isinstance(step, int) else f".{name_text(step)}" for step in path]
    return "".join(steps)[1:]


def plain_json(value):
    [(kind, content)] = value.items()
    if kind == "N":
        return content
    if kind in ("L", "NS"):
        return "[%s]" % ",".join(map(plain_json, content) if kind == "L" else content)
    if kind == "M":
        return "{%s}" % ",".join(f"{json.dumps(name)}:{plain_json(member)}"
                                 for name, member in content.items())
    return json.dumps(None if kind == "NULL" else content)


def operand_text(value, declared, inside):
    """Of a declared attribute: as its type is written; else: so that it looks like its type."""
    [(kind, content)] = value.items()
    text = content if kind in ("S", "B") else plain_json(value)
    looks_else = kind == "S" and not declared
    odd = inside and (not text or re.search(r'[,()"\\]', text))
    return in_quotes(text) if looks_else or odd or text.startswith('"') else text


def condition_text(condition, declared, inside=True):
    """("path", "operator.operands"), of which inside parentheses the text is made."""
    kind, *rest = condition
    if kind in ("and", "or"):
        return kind, "(%s)" % ",".join(nested_text(child, declared) for child in rest)
    if kind == "not":
        child = ("and", rest[0]) if rest[0][0] == "not" else rest[0]
        name, text = condition_text(child, declared, inside)
        return (f"not.{name}", text) if child[0] in ("and", "or") else (name, f"not.{text}")
    path, *operands = rest
    known = declared.get(path[0]) if len(path) == 1 else None
    is_declared = known is not None and (kind, known) != ("contains", "L")
    if kind == "exists":
        return path_text(path), f"exists.{'true' if operands[0] else 'false'}"
    if kind == "type":
        return path_text(path), f"type.{operands[0]}"
    in_list = kind in ("between", "in")
    texts = [operand_text(operand, is_declared, inside or in_list) for operand in operands]
    return path_text(path), f"{kind}.({','.join(texts)})" if in_list else f"{kind}.{texts[0]}"


def nested_text(condition, declared):
    name, text = condition_text(condition, declared)
    return name + text if name.endswith(("and", "or")) and text.startswith("(") \
        else f"{name}.{text}"


def query_text(conditions, declared):
    """The query of conditions that are and-ed, percent-encoded."""
    return urllib.parse.urlencode([condition_text(condition, declared, inside=False)
                                   for condition in conditions], quote_via=urllib.parse.quote)

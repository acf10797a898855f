"""Cases as data: what is asked over HTTP and what is answered (e2e/cases/README.md)."""
import dataclasses
import decimal
import json
import re
import urllib.parse

REQUEST = re.compile(r"(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) (\S.*)")
STATUS = re.compile(r"HTTP (?:(\d{3})|~([1-5])xx)(?: ([a-z-]+))?")
HEADER = re.compile(r"([A-Za-z-]+)(:| ~| !=) (.*)")
ABSENT = re.compile(r"!([A-Za-z-]+)")
BODY = re.compile(r"(any order )?(at least )?(?:([\w.-]+) = )?(.*)", re.DOTALL)
STORE = re.compile(r"# store: (\w+), ")
MANY = re.compile(r"\{([^{}]+?)\*(\d+)\}")
KEPT = re.compile(r"(GIVEN|STORED|ABSENT) ([\w.-]+) (\{.*\})")
UNRESERVED = "/?#[]@!$&'()*+,;=:%-._~"


@dataclasses.dataclass
class Step:
    method: str
    target: str
    headers: list  # (name, value)
    body: str
    status: int  # 2 for any of 2xx
    problem: str  # its type, or "problem" for any; None where there is none
    expected: list  # (name, ":", "~", "!=" or "absent", text)
    answer: str  # "" where the body does not matter


@dataclasses.dataclass
class Kept:
    """An item that is put in a table, or looked for there, past the daemon."""
    role: str  # "GIVEN", "STORED" or "ABSENT"
    table: str
    item: dict  # DynamoDB JSON


@dataclasses.dataclass
class Case:
    app: str  # the folder
    topic: str  # the file
    name: str
    store: str  # the only one it is for, or None
    steps: list  # of Step and Kept

    @property
    def title(self):
        return f"{self.topic}: {self.name}"


def many(text):
    """{ab*3} is ababab."""
    return MANY.sub(lambda match: match[1] * int(match[2]), text)


def quoted(target):
    """A target with what no target may hold percent-encoded: what is encoded stays so."""
    return urllib.parse.quote(target, safe=UNRESERVED)


def paragraphs(lines):
    """What stands before the first empty line, and the text after it."""
    end = lines.index("") if "" in lines else len(lines)
    return lines[:end], "\n".join(lines[end + 1:]).strip("\n")


def read_expectation(line):
    if absent := ABSENT.fullmatch(line):
        return absent[1].lower(), "absent", ""
    match = HEADER.fullmatch(line)
    assert match, f"neither a header field nor its absence: {line}"
    return match[1].lower(), match[2].strip(), match[3]


def starts_step(line):
    return REQUEST.fullmatch(line) or KEPT.fullmatch(line)


def with_defaults(headers, defaults):
    names = {name.lower() for name, _ in headers}
    return headers + [field for field in defaults if field[0].lower() not in names]


def read_step(lines, defaults):
    if kept := KEPT.fullmatch(lines[0]):
        return Kept(kept[1], kept[2], json.loads(many(kept[3])))
    split = next(n for n, line in enumerate(lines) if STATUS.fullmatch(line))
    head, body = paragraphs(lines[:split])
    method, target = REQUEST.fullmatch(head[0]).groups()
    headers = [tuple(many(line).split(": ", 1)) for line in head[1:]]
    if body:
        headers = with_defaults(headers, defaults)
    status, kind, problem = STATUS.fullmatch(lines[split]).groups()
    expected, answer = paragraphs(lines[split + 1:])
    return Step(method, many(target), headers, many(body), int(status or kind), problem,
                [read_expectation(line) for line in expected], answer)


def read_case(app, topic, text, defaults=()):
    name, *lines = text.splitlines()
    store = next((match[1] for line in lines if (match := STORE.match(line))), None)
    lines = [line for line in lines if not line.startswith("# ")]
    starts = [n for n, line in enumerate(lines) if starts_step(line)]
    assert starts, f"{topic}: {name} asks nothing"
    steps = [read_step(lines[start:end], defaults)
             for start, end in zip(starts, [*starts[1:], None])]
    return Case(app, topic, name, store, steps)


def read_file(path):
    """Header fields before the first case are those of each body that has none of that name."""
    first, *texts = re.split(r"^### ", path.read_text(), flags=re.MULTILINE)
    defaults = [tuple(line.split(": ", 1)) for line in first.splitlines()
                if HEADER.fullmatch(line)]
    return [read_case(path.parent.name, path.stem, text, defaults) for text in texts]


def load(folder):
    """Of all apps, in order."""
    return [case for path in sorted(folder.glob("*/*.http")) for case in read_file(path)]


# Asking.

def variables(response):
    """What a later step may name: {etag}, {location}, {next} and {after} of the answer before
    it."""
    found = {name: response.headers.get(name, "") for name in ("etag", "location")}
    if link := re.fullmatch(r'<(.*)>; rel="next"', response.headers.get("link", "")):
        found["next"] = link[1]
        found["after"] = re.search(r"[?&]after=([^&]*)", link[1])[1]
    return found


def fill(text, known):
    for name, value in known.items():
        text = text.replace("{%s}" % name, value)
    return text


def run(step, ask, known):
    """Asks and judges; the response. `ask(method, target, headers, body)`."""
    headers = [(name, fill(value, known)) for name, value in step.headers]
    response = ask(step.method, quoted(fill(step.target, known)), headers,
                   step.body.encode() if step.body else None)
    judge(step, response, known)
    return response


# Judging.

def numbers(text):
    return json.loads(text, parse_float=decimal.Decimal, parse_int=decimal.Decimal)


def sorted_deep(value):
    """With the elements of arrays in one order."""
    if isinstance(value, dict):
        return {name: sorted_deep(member) for name, member in value.items()}
    if isinstance(value, list):
        return sorted((sorted_deep(element) for element in value), key=repr_sorted)
    return value


def repr_sorted(value):
    return json.dumps(value, sort_keys=True, default=str)


def holds(whole, part):
    """Whether the part is in the whole: objects may have more members."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            name in whole and holds(whole[name], member) for name, member in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(holds, whole, part))
    return whole == part


def judge_header(headers, name, how, text):
    value = headers.get(name)
    if how == "absent":
        assert value is None, f"{name}: {value}"
        return
    assert value is not None, f"no {name}: {headers}"
    fits = {":": value == text, "!=": value != text}
    good = fits[how] if how in fits else re.fullmatch(text, value)
    assert good, f"{name}: {value!r}, not {how} {text!r}"


def judge_problem(step, response):
    """RFC 9457, and lines `detail ~ …`, `hint ~ …`, `upstream ~ …`, or `at least {…}`."""
    problem = response.assert_problem(
        response.status, response.json.get("type", "")[len("urn:dynamod:"):]
        if step.problem == "problem" else step.problem)
    if step.answer.startswith("at least "):
        judge_json(response, step.answer)
        return
    for line in filter(None, step.answer.splitlines()):
        name, how, text = HEADER.fullmatch(line).groups()
        judge_header(problem, name, how.strip(), text)


def judge_json(response, answer):
    any_order, at_least, name, text = BODY.fullmatch(answer).groups()
    actual, expected = numbers(response.body), numbers(text)
    if name:
        actual = [item.get(name) for item in actual]
    if any_order:
        actual, expected = sorted_deep(actual), sorted_deep(expected)
    assert holds(actual, expected) if at_least else actual == expected, response.body


def judge(step, response, known):
    assert step.status in (response.status, response.status // 100), \
        (response.status, response.headers, response.body)
    for name, how, text in step.expected:
        judge_header(response.headers, name, how, fill(text, known))
    if step.problem:
        judge_problem(step, response)
    elif step.answer.startswith("text "):
        assert response.body == step.answer[len("text "):].encode()
    elif step.answer.startswith("hex "):
        assert response.body.hex() == step.answer[len("hex "):]
    elif step.answer == "nothing":
        assert response.body == b""
    elif step.answer:
        judge_json(response, step.answer)


# The table of the contract: the last column of each row names the cases that show it.

def table_rows(folder):
    table = (folder / "README.md").read_text().partition("# What shows the contract")[2]
    lines = table.splitlines()
    return [line for line in lines if line.startswith("| ") and "`" in line.rsplit(" | ", 1)[-1]]


def assert_table_names(folder, cases):
    """Every name in it is a case's title, or a function of a file beside the folder."""
    titles = {case.title for case in cases}
    for line in table_rows(folder):
        names = re.findall(r"`([^`]+)`", line.rsplit(" | ", 1)[-1])
        assert names, line
        for name in names:
            path, _, function = name.partition("::")
            if path.endswith(".py"):
                assert f"def {function or 'test_'}" in (folder.parent / path).read_text(), name
            else:
                assert name in titles, f"no case {name}: {line}"

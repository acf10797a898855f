"""HTTP/1.1 as RFC 9112 has it and no wider: which requests there are in some bytes, and which
answers. What others make of the same bytes is compared with it."""
import dataclasses
import re

TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-\"$-~\x80-\xff]+) HTTP/1\.([0-9])")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]*)?")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})((?:[ \t]*;[\t -~\x80-\xff]*)?)")


class Wrong(Exception):
    """These bytes are no request."""


class Incomplete(Exception):
    """They are the beginning of one."""


@dataclasses.dataclass
class Message:
    start: bytes  # its first line
    fields: list  # of (name in lower case, value)
    body: bytes = b""
    trailers: list = dataclasses.field(default_factory=list)

    def all(self, name):
        return [value for other, value in self.fields if other == name]

    def one(self, name, default=b""):
        return (self.all(name) or [default])[-1]

    @property
    def method(self):
        return self.start.split(b" ")[0]

    @property
    def target(self):
        return self.start.split(b" ")[1]

    @property
    def status(self):
        return int(self.start.split(b" ")[1])

    @property
    def request_id(self):
        return self.one(b"x-request-id").decode("latin-1")

    @property
    def closes(self):
        return b"close" in self.one(b"connection").lower()

    @property
    def is_chunked(self):
        return bool(self.all(b"transfer-encoding"))


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def line(self):
        end = self.data.find(b"\r\n", self.at)
        part = self.data[self.at:] if end < 0 else self.data[self.at:end]
        if b"\n" in part or b"\r" in part[:-1] or (end >= 0 and b"\r" in part):
            raise Wrong("a bare CR or LF")
        if b"\0" in part:
            raise Wrong("a NUL")
        if end < 0:
            raise Incomplete
        self.at = end + 2
        return part

    def take(self, count):
        if len(self.data) - self.at < count:
            raise Incomplete
        self.at += count
        return self.data[self.at - count:self.at]

    def fields(self):
        found = []
        while line := self.line():
            match = FIELD.fullmatch(line)
            if not match:
                raise Wrong(f"no field: {line!r}")
            found.append((match[1].lower(), match[2].rstrip(b" \t")))
        return found

    def chunks(self):
        body = b""
        while True:
            match = CHUNK.fullmatch(self.line())
            if not match:
                raise Wrong("no chunk")
            size = int(match[1], 16)
            if not size:
                return body
            body += self.take(size)
            if self.take(2) != b"\r\n":
                raise Wrong("no end of a chunk")


def is_host(text):
    return bool(HOST.fullmatch(text))


def read_body(reader, message, minor):
    lengths, encodings = message.all(b"content-length"), message.all(b"transfer-encoding")
    if len(lengths) > 1 or len(encodings) > 1 or (lengths and encodings):
        raise Wrong("framed in two ways")
    if encodings:
        if encodings[0].lower() != b"chunked" or minor == 0:
            raise Wrong("a coding that is not chunked")
        message.body = reader.chunks()
        message.trailers = reader.fields()
    if lengths:
        if not re.fullmatch(rb"0*[0-9]{1,18}", lengths[0]):
            raise Wrong("no length")
        message.body = reader.take(int(lengths[0]))


def read_request(reader):
    while reader.data[reader.at:reader.at + 2] == b"\r\n":  # section 2.2
        reader.at += 2
    if reader.at == len(reader.data):
        raise Incomplete
    match = REQUEST_LINE.fullmatch(line := reader.line())
    if not match:
        raise Wrong(f"no request line: {line!r}")
    message = Message(line, reader.fields())
    minor = int(match[3])
    hosts = message.all(b"host")
    if len(hosts) > 1 or (not hosts and minor > 0) or not all(map(is_host, hosts)):
        raise Wrong("Host")
    read_body(reader, message, minor)
    return message


def requests(data):
    """The requests that are there, and why there are no more."""
    found, reader = [], Reader(data)
    while True:
        try:
            found.append(read_request(reader))
        except (Wrong, Incomplete) as why:
            return found, why


def read_answer(reader, method):
    message = Message(reader.line(), reader.fields())
    if message.status >= 200 and method != b"HEAD" and message.status not in (204, 304):
        message.body = reader.take(int(message.one(b"content-length", b"0")))
    return message


def answers(data, methods):
    """Those of requests with these methods, without 100s; what is left of the bytes."""
    found, reader = [], Reader(data)
    while reader.at < len(data):
        at = reader.at
        method = methods[len(found)] if len(found) < len(methods) else b"GET"
        try:
            answer = read_answer(reader, method)
        except Incomplete:
            return found, data[at:]
        if answer.status >= 200:
            found.append(answer)
        if answer.closes:
            break
    return found, data[reader.at:]

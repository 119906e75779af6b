"""GitHub's `${{ }}` expressions: where they stand in a text, and what they come to as far as that can be known.

Values are None, bool, float, str, list and dict. What only a run can tell is the string `UNKNOWN`, alone or inside a
string of which the rest is known.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache

from ci_audit.patterns import regex
from ci_audit.source import UNKNOWN
from ci_audit.typed import NamedTuple

Value = object

Context = dict[str, Value]
"""The contexts by name in lower case (`matrix`, `env`, …); one that is absent is not known."""


class Open(dict[str, Value]):
    """An object of which only some keys are known: any other key is `UNKNOWN` instead of null."""


class Node(NamedTuple):
    """A part of an expression: `kind` is literal, name, index, star, call, not, or an operator."""

    kind: str
    value: Value = None
    parts: tuple[Node, ...] = ()


_TOKEN = regex(
    r"\s+|(?P<number>[-+]?(?:0x[0-9A-Fa-f]+|0o[0-7]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.]))"
    r"|(?P<string>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w-]*)|(?P<op>==|!=|<=|>=|&&|\|\||[<>!()\[\].,*])"
)
_INSIDE = regex(r"'(?:[^']|'')*'|\}\}")
_WORDS: dict[str, Value] = {
    "true": True,
    "false": False,
    "null": None,
    "nan": float("nan"),
    "infinity": float("inf"),
}
_LEVELS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4}
_MAX_DEPTH = 50


def find(text: str) -> list[tuple[int, int, str]]:
    """Locate every `${{ … }}`: start, end and what stands between; quoted `}}` does not end one."""
    found: list[tuple[int, int, str]] = []
    at = text.find("${{")
    while at >= 0:
        inside = at + 3
        for match in _INSIDE.finditer(text, inside):
            if match[0] == "}}":
                found.append((at, match.end(), text[inside : match.start()].strip()))
                at = match.end()
                break
        else:
            break
        at = text.find("${{", at)
    return found


@lru_cache(4096)
def parse(text: str) -> Node | None:
    """Parse what stands inside `${{ }}`; None when it is no expression."""
    tokens = _path_tokens(text)
    at = len(text) if tokens else 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        at = match.end()
        if match.lastgroup:
            tokens.append((match.lastgroup, match[0]))
    if not tokens:
        return None
    parser = _Parser(tokens)
    try:
        node = parser.binary(0)
    except (_Malformed, RecursionError):
        return None
    return node if parser.at == len(tokens) else None


def _path_tokens(text: str) -> list[tuple[str, str]]:
    """Split a path like `matrix.os`, for which no expression has to be compiled; empty for any other text."""
    if not text.isascii() or not text.replace(".", "_").replace("-", "_").isidentifier():
        return []
    tokens: list[tuple[str, str]] = []
    for part in text.split("."):
        if not part[:1].replace("_", "a").isalpha():
            return []
        tokens += (("op", "."), ("name", part))
    return tokens[1:]


class _Malformed(Exception):
    pass


class _Parser:
    __slots__ = ("at", "depth", "tokens")

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        """Give the operator that comes next, else an empty string."""
        if self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if kind == "op":
                return text
        return ""

    def take(self, text: str) -> None:
        if self.peek() != text:
            raise _Malformed
        self.at += 1

    def binary(self, above: int) -> Node:
        """Read operands and the operators between them that bind more tightly than those of the level `above`."""
        node = self.unary()
        while (level := _LEVELS.get(self.peek(), 0)) > above:
            operator = self.tokens[self.at][1]
            self.at += 1
            node = Node(operator, None, (node, self.binary(level)))
        return node

    def unary(self) -> Node:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _Malformed
        if self.peek() == "!":
            self.at += 1
            node = Node("not", None, (self.unary(),))
        else:
            node = self.postfix(self.primary())
        self.depth -= 1
        return node

    def primary(self) -> Node:
        if self.at >= len(self.tokens):
            raise _Malformed
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "string":
            return Node("literal", text[1:-1].replace("''", "'"))
        if kind == "number":
            return Node("literal", _number_of(text))
        if kind == "op":
            if text != "(":
                raise _Malformed
            node = self.binary(0)
            self.take(")")
            return node
        if self.peek() == "(":
            self.at += 1
            return Node("call", text.lower(), tuple(self.arguments()))
        if text.lower() in _WORDS:
            return Node("literal", _WORDS[text.lower()])
        return Node("name", text.lower())

    def arguments(self) -> list[Node]:
        nodes: list[Node] = []
        if self.peek() == ")":
            self.at += 1
            return nodes
        while True:
            nodes.append(self.binary(0))
            if self.peek() == ",":
                self.at += 1
                continue
            self.take(")")
            return nodes

    def postfix(self, node: Node) -> Node:
        while True:
            operator = self.peek()
            if operator == "[":
                self.at += 1
                if self.peek() == "*":
                    self.at += 1
                    node = Node("star", None, (node,))
                else:
                    node = Node("index", None, (node, self.binary(0)))
                self.take("]")
            elif operator == ".":
                self.at += 1
                if self.peek() == "*":
                    self.at += 1
                    node = Node("star", None, (node,))
                elif self.at < len(self.tokens) and self.tokens[self.at][0] == "name":
                    node = Node("index", None, (node, Node("literal", self.tokens[self.at][1])))
                    self.at += 1
                else:
                    raise _Malformed
            else:
                return node


def evaluate(text: str, context: Context) -> Value:
    """Tell what an expression comes to; one that cannot be parsed or known is `UNKNOWN`."""
    node = parse(text)
    if node is None:
        return UNKNOWN
    try:
        return _value(node, context)
    except RecursionError:
        return UNKNOWN


def condition(text: str, context: Context) -> bool | None:
    """Tell whether an `if:` holds in a run that has gone well so far; None when it is not known.

    Text around a `${{ }}` makes GitHub take the whole for a string, which always holds.
    """
    text = text.strip()
    found = find(text)
    if found:
        start, end, inner = found[0]
        if start or end < len(text):
            return True
        text = inner
    if not text:
        return True
    node = parse(text)
    if node is None:
        return None
    try:
        return _truth(node, context)
    except RecursionError:
        return None


def substitute(text: str, context: Context) -> str:
    """Put the value of every `${{ }}` in its place."""
    if "${{" not in text:
        return text
    return "".join(spliced(text, [(start, end, text_of(evaluate(inner, context))) for start, end, inner in find(text)]))


def spliced(text: str, changes: list[tuple[int, int, str]]) -> list[str]:
    """Put new texts in place of ranges, given in order and apart; the parts joined are the result."""
    out: list[str] = []
    at = 0
    for start, end, new in changes:
        out += (text[at:start], new)
        at = end
    out.append(text[at:])
    return out


def whole(text: str, context: Context) -> Value:
    """Give the value of a text that is one `${{ }}` and nothing else, with its type; other texts as strings."""
    found = find(text)
    if len(found) == 1 and found[0][0] == 0 and found[0][1] == len(text):
        return evaluate(found[0][2], context)
    return substitute(text, context)


def references(text: str) -> frozenset[tuple[str, ...]]:
    """List the context values that a text's expressions use, as paths in lower case; `*` where a key is computed."""
    if "${{" not in text:
        return frozenset()
    return frozenset(path for _, _, inner in find(text) for path in references_of(inner))


@lru_cache(4096)
def references_of(expression: str) -> frozenset[tuple[str, ...]]:
    """List the context values that an expression uses, like `references`."""
    node = parse(expression)
    paths: set[tuple[str, ...]] = set()
    if node is not None:
        with suppress(RecursionError):
            _collect(node, paths)
    return frozenset(paths)


def _collect(node: Node, paths: set[tuple[str, ...]]) -> None:
    path = _path(node)
    if path is not None:
        paths.add(path)
        while node.kind in ("index", "star"):
            for part in node.parts[1:]:
                _collect(part, paths)
            node = node.parts[0]
        return
    for part in node.parts:
        _collect(part, paths)


def _path(node: Node) -> tuple[str, ...] | None:
    keys: list[str] = []
    while node.kind in ("index", "star"):
        key = node.parts[1] if node.kind == "index" else None
        keys.append(text_of(key.value).lower() if key is not None and key.kind == "literal" else "*")
        node = node.parts[0]
    if node.kind != "name":
        return None
    keys.append(str(node.value))
    return tuple(reversed(keys))


def is_known(value: Value) -> bool:
    """Tell whether nothing of a value is `UNKNOWN`."""
    if isinstance(value, str):
        return UNKNOWN not in value
    if isinstance(value, Open):
        return False
    if isinstance(value, dict):
        return all(is_known(item) for item in value.values())
    if isinstance(value, list):
        return all(is_known(item) for item in value)
    return True


def truth(value: Value) -> bool | None:
    """Tell whether GitHub takes a value for true; None when that is not known."""
    if value is None or value is False:
        return False
    if value is True:
        return True
    if isinstance(value, str):
        return None if value == UNKNOWN else value != ""
    if isinstance(value, (int, float)):
        return not (value == 0 or value != value)
    return True


def text_of(value: Value) -> str:
    """Write a value as GitHub does where it wants text; an object or a list is `UNKNOWN`."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, (int, float)):
        number = float(value)
        if number != number:
            return "NaN"
        if number in (float("inf"), float("-inf")):
            return "Infinity" if number > 0 else "-Infinity"
        return format(number, ".15g").upper()
    return UNKNOWN


def _truth(node: Node, context: Context) -> bool | None:
    if node.kind == "&&":
        left, right = _truth(node.parts[0], context), _truth(node.parts[1], context)
        return False if left is False or right is False else (None if left is None or right is None else True)
    if node.kind == "||":
        left, right = _truth(node.parts[0], context), _truth(node.parts[1], context)
        return True if left or right else (None if left is None or right is None else False)
    if node.kind == "not":
        inner = _truth(node.parts[0], context)
        return None if inner is None else not inner
    return truth(_value(node, context))


def _value(node: Node, context: Context) -> Value:
    kind = node.kind
    if kind == "literal":
        return node.value
    if kind == "name":
        return context.get(str(node.value), UNKNOWN)
    if kind == "index":
        return _index(_value(node.parts[0], context), _value(node.parts[1], context))
    if kind == "star":
        inner = _value(node.parts[0], context)
        if isinstance(inner, Open) or inner == UNKNOWN:
            return UNKNOWN
        return _Filtered(inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ())
    if kind in ("&&", "||"):
        left = _truth(node.parts[0], context)
        if left is None:
            return UNKNOWN
        return _value(node.parts[1 if left is (kind == "&&") else 0], context)
    if kind == "not":
        answer = _truth(node, context)
        return UNKNOWN if answer is None else answer
    if kind == "call":
        return _call(str(node.value), node.parts, context)
    answer = _compare(kind, _value(node.parts[0], context), _value(node.parts[1], context))
    return UNKNOWN if answer is None else answer


class _Filtered(list[Value]):
    """What `.*` makes: a further index applies to each element."""


def _index(value: Value, key: Value) -> Value:
    if isinstance(value, _Filtered):
        items = [_index(item, key) for item in value if isinstance(item, (dict, list))]
        return _Filtered(item for item in items if item is not None)
    if not is_known(key):
        return UNKNOWN
    if isinstance(value, dict):
        name = text_of(key)
        if name in value:
            return value[name]
        lowered = name.lower()
        for other, item in value.items():
            if other.lower() == lowered:
                return item
        return UNKNOWN if isinstance(value, Open) else None
    if isinstance(value, list):
        number = _number(key)
        if number is not None and number == number and 0 <= number < len(value):
            return value[int(number)]
        return None
    return UNKNOWN if value == UNKNOWN else None


def _compare(operator: str, left: Value, right: Value) -> bool | None:
    """Compare as GitHub does: numbers when the types differ, strings without regard to case."""
    if not is_known(left) or not is_known(right):
        if operator in ("==", "!=") and _differ(left, right):
            return operator == "!="
        return None
    if isinstance(left, (dict, list)) or isinstance(right, (dict, list)):
        same = left is right
        return same if operator == "==" else not same if operator == "!=" else False
    if isinstance(left, str) and isinstance(right, str):
        one, two = left.upper(), right.upper()
        return _ordered(operator, (one > two) - (one < two))
    if type(left) is type(right) and (left is None or isinstance(left, bool)):
        return _ordered(operator, int(bool(left)) - int(bool(right)))
    first, second = _number(left), _number(right)
    if first is None or second is None or first != first or second != second:
        return operator == "!="
    return _ordered(operator, (first > second) - (first < second))


def _differ(left: Value, right: Value) -> bool:
    """Tell whether two texts differ whatever their unknown parts are."""
    if not isinstance(left, str) or not isinstance(right, str) or (UNKNOWN in left and UNKNOWN in right):
        return False
    pattern, known = (left, right) if UNKNOWN in left else (right, left)
    pattern, known = pattern.upper(), known.upper()
    head, tail = pattern.partition(UNKNOWN)[0], pattern.rpartition(UNKNOWN)[2]
    return not known.startswith(head) or not known.endswith(tail) or len(known) < len(head) + len(tail)


def _ordered(operator: str, sign: int) -> bool:
    if operator == "==":
        return sign == 0
    if operator == "!=":
        return sign != 0
    if operator == "<":
        return sign < 0
    if operator == "<=":
        return sign <= 0
    return sign > 0 if operator == ">" else sign >= 0


def _number(value: Value) -> float | None:
    if value is None or value is False:
        return 0.0
    if value is True:
        return 1.0
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, str):
        return _number_of(value)
    return None


def _number_of(text: str) -> float:
    text = text.strip()
    if not text:
        return 0.0
    try:
        if text.lower().startswith(("0x", "0o")):
            return float(int(text, 0))
        # Python also takes "1_000", "nan" and "infinity" for numbers.
        return float(text) if not re.search(r"[_A-DF-Za-df-z]", text) else float("nan")
    except (ValueError, OverflowError):
        return float("nan")


def _call(name: str, parts: tuple[Node, ...], context: Context) -> Value:
    if name in ("success", "always"):
        return True
    if name == "case":
        return _case(parts, context)
    values = [_value(part, context) for part in parts]
    if name in ("contains", "startswith", "endswith") and len(values) == 2:
        answer = _contains(name, values[0], values[1])
        return UNKNOWN if answer is None else answer
    if name == "format" and values and is_known(values[0]):
        return _format(text_of(values[0]), values[1:])
    if name == "join" and values and isinstance(values[0], list) and not isinstance(values[0], Open):
        between = text_of(values[1]) if len(values) > 1 else ","
        return between.join(text_of(item) for item in values[0])
    if name == "join" and values and is_known(values[0]):
        return text_of(values[0])
    if name == "tojson" and len(values) == 1 and is_known(values[0]):
        return _to_json(values[0])
    if name == "fromjson" and len(values) == 1 and is_known(values[0]):
        return _from_json(text_of(values[0]))
    return UNKNOWN


def _case(parts: tuple[Node, ...], context: Context) -> Value:
    """Take the value behind the first predicate that holds, else the last one."""
    for at in range(0, len(parts) - 1, 2):
        answer = _truth(parts[at], context)
        if answer is None:
            return UNKNOWN
        if answer:
            return _value(parts[at + 1], context)
    return _value(parts[-1], context) if len(parts) % 2 else UNKNOWN


def _contains(name: str, where: Value, what: Value) -> bool | None:
    if isinstance(where, list) and name == "contains":
        answers = [_compare("==", item, what) for item in where]
        return True if True in answers else None if None in answers else False
    if isinstance(where, (dict, list)) or isinstance(what, (dict, list)):
        return None if isinstance(where, Open) else False
    text, part = text_of(where).lower(), text_of(what).lower()
    if UNKNOWN in part:
        return None
    if name == "contains":
        return True if part in text else None if UNKNOWN in text else False
    head, _, _ = text.partition(UNKNOWN)
    tail = text.rpartition(UNKNOWN)[2]
    if UNKNOWN not in text:
        return text.startswith(part) if name == "startswith" else text.endswith(part)
    if name == "startswith":
        return True if head.startswith(part) else None if part.startswith(head) else False
    return True if tail.endswith(part) else None if part.endswith(tail) else False


def _format(template: str, values: list[Value]) -> Value:
    def value_of(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        at = int(match[1]) if match[1] and len(match[1]) < 4 else len(values)
        return text_of(values[at]) if at < len(values) else UNKNOWN

    return re.sub(r"\{\{|\}\}|\{(\d+)\}", value_of, template)


def _to_json(value: Value) -> Value:
    import json

    return json.dumps(_plain(value), indent=2, ensure_ascii=False)


def _plain(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _from_json(text: str) -> Value:
    import json

    try:
        value: Value = json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        return UNKNOWN
    return value

"""Reads the text of a batch file for cmd.exe (`cmd /?`, `if /?`, `for /?` and `set /?` of Windows)."""

from __future__ import annotations

import re

from ci_audit.source import UNKNOWN
from ci_audit.syntax.words import PlainAssignment, PlainCommand, PlainWord

_RUN = r"[^\s\"^%!&|()<>\0]+"
_VARIABLE = (
    r"%%~?[A-Za-z]+|%~[A-Za-z]*[0-9*]?|%[0-9*]|%[^%\s:=]{1,100}(?::[^%\n]{0,100})?%"
    r"|%[A-Za-z](?![A-Za-z_0-9])|![A-Za-z_][A-Za-z_0-9]*!"
)
_REDIRECT = r"(?:>>?|<)(&[0-9])?[ \t]*"
_OPERAND = r"(?:\"[^\"\n]{0,200}\"|[^\s\"=()&|]){1,200}"
_IF = (
    rf"(?i)if\s+(?:/i\s+)?(?:not\s+)?(?:(?:exist|defined|errorlevel|cmdextversion)\s+{_OPERAND}"
    rf"|{_OPERAND}\s*(?:==|\s(?:equ|neq|lss|leq|gtr|geq)\s)\s*{_OPERAND})\s*"
)
_FOR = r"(?i)for\s+(?:/[a-z]\s+)?(?:\"[^\"\n]{0,200}\"\s+)?%%?\w\s+in\s*\([^)\n]{0,1000}\)\s*do\s+"
_SET = r"(?s)(?:[^&|\n\"^)]|\"[^\"\n]*\"?|\^.)*"
_SET_OUTSIDE = r"(?s)(?:[^&|\n\"^]|\"[^\"\n]*\"?|\^.)*"


class Batch:
    """Reads one text."""

    __slots__ = (
        "commands",
        "conditional",
        "depth",
        "joined",
        "pos",
        "quote",
        "quoted",
        "skip",
        "start",
        "text",
        "word",
        "words",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.commands: list[PlainCommand] = []
        self.words: list[PlainWord] = []
        self.word: list[str] | None = None
        self.start = 0
        self.quote = self.quoted = self.skip = False
        self.joined = ""
        self.depth = 0
        self.conditional = False

    def read(self) -> list[PlainCommand]:
        run = re.compile(_RUN).match
        while self.pos < len(self.text):
            match = run(self.text, self.pos)
            if match is None:
                self.special(self.text[self.pos])
            elif self.word is None and not self.words and self.leading(match[0]):
                continue
            else:
                self.put(match[0], match.end())
        self.end_command("")
        return self.commands

    def leading(self, text: str) -> bool:
        """Pass what may only stand before a command, and what is none: labels, comments and assignments."""
        word = text.lower()
        if text[0] == "@":
            self.pos += 1
        elif text[0] == ":" or word == "rem":
            stop = self.text.find("\n", self.pos)
            self.pos = len(self.text) if stop < 0 else stop
        elif word == "set":
            self.assignment()
        elif word == "call":
            self.pos += 4
        elif word == "else":
            self.conditional = True
            self.pos += 4
        elif word == "if" or word == "for":
            match = re.compile(_IF if word == "if" else _FOR).match(self.text, self.pos)
            if match is None:
                return False
            self.conditional = True
            self.pos = match.end()
        else:
            return False
        return True

    def put(self, text: str, end: int) -> None:
        if self.word is None:
            self.word = []
            self.start = self.pos
            self.quoted = False
        if text != UNKNOWN or not self.word or self.word[-1] != UNKNOWN:
            self.word.append(text)
        self.pos = end

    def special(self, char: str) -> None:
        text, pos = self.text, self.pos
        if char == "\n":
            self.end_command("")
            self.pos += 1
        elif char == '"':
            self.put("", pos + 1)
            self.quote = not self.quote
            self.quoted = True
        elif char == "%" or char == "!":
            match = re.compile(_VARIABLE).match(text, pos)
            if match is None:
                self.put(char, pos + 1)
            else:
                self.put(UNKNOWN, match.end())
        elif char == UNKNOWN:
            match = re.compile("\0+").match(text, pos)
            self.put(UNKNOWN, match.end() if match is not None else pos + 1)
        elif char == "\r" and text.startswith("\n", pos + 1):
            self.pos += 1
        elif self.quote:
            self.put(char, pos + 1)
        elif char == "^":
            self.escape()
        elif char == "&" or char == "|":
            operator = char * 2 if text.startswith(char * 2, pos) else char
            self.end_command(operator)
            self.pos = pos + len(operator)
        elif char == "(" and self.word is None and not self.words:
            self.depth += 1
            self.pos = pos + 1
        elif char == ")" and self.depth:
            self.end_command("")
            self.depth -= 1
            self.conditional = self.conditional and self.depth > 0
            self.pos = pos + 1
        elif char == "<" or char == ">":
            self.redirection()
        elif char.isspace():
            self.end_word()
            self.pos = pos + 1
        else:
            self.put(char, pos + 1)

    def escape(self) -> None:
        text, pos = self.text, self.pos
        if text.startswith("\r\n", pos + 1) or text.startswith("\n", pos + 1):
            self.end_word()
            self.pos = pos + (3 if text[pos + 1] == "\r" else 2)
        else:
            self.put(text[pos + 1 : pos + 2], min(pos + 2, len(text)))

    def redirection(self) -> None:
        match = re.compile(_REDIRECT).match(self.text, self.pos)
        assert match is not None
        if self.word is not None and "".join(self.word).isdigit():
            self.word = None
        self.end_word()
        self.skip = match[1] is None
        self.pos = match.end()

    def assignment(self) -> None:
        start = self.pos
        match = re.compile(_SET if self.depth else _SET_OUTSIDE).match(self.text, start)
        assert match is not None
        written = match[0].rstrip()
        self.pos = max(match.end(), start + 3)
        body = written[3:].strip()
        value: str | None = None
        if re.match(r"/[aApP]\b", body):
            body = body[2:].strip().strip('"')
            value = UNKNOWN
        elif body.startswith('"'):
            body = body[1 : body.rfind('"')] if body.rfind('"') > 0 else body[1:]
        else:
            body = body.replace("^", "")
        name, equals, given = body.partition("=")
        if equals and name:
            if value is None:
                value = re.sub("\0+", UNKNOWN, re.sub(_VARIABLE, UNKNOWN, given))
            end = start + len(written)
            assignment = PlainAssignment(name.strip(), "=", value, start, end, True)
            self.commands.append(PlainCommand([], [assignment], start, end, self.joined, self.maybe()))
        self.joined = ""

    def end_word(self) -> None:
        if self.word is None:
            return
        text = "".join(self.word)
        self.word = None
        if self.skip:
            self.skip = False
            return
        self.words.append(PlainWord(text, self.start, self.pos, self.quoted))

    def end_command(self, operator: str) -> None:
        self.end_word()
        self.quote = self.skip = False
        words = self.words
        if words:
            start, end = words[0].start, words[-1].end
            self.commands.append(PlainCommand(words, [], start, end, self.joined, self.maybe()))
            self.words = []
        self.joined = operator
        if not operator and not self.depth:
            self.conditional = False

    def maybe(self) -> bool:
        return self.conditional or self.depth > 0 or self.joined == "||"

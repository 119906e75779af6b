"""Reads PowerShell text (about_Parsing, about_Quoting_Rules and about_Redirection of its documentation)."""

from __future__ import annotations

import re

from ci_audit.source import UNKNOWN
from ci_audit.syntax.words import PlainAssignment, PlainCommand, PlainWord

_RUN = r"[^\s;|&(){}'\"`$@#<>\0]+"
_STRING = r"[^\"`$\0]+"
_VARIABLE = r"\$(?:\{[^}\n]{0,200}\}|(?:[A-Za-z]+:)?[A-Za-z_0-9]+|[$?^])"
_MEMBER = r"(?:\.[A-Za-z_][A-Za-z_0-9]*|\[[^\]\s]{0,200}\])*"
_ASSIGNMENT = r"\$(?:([A-Za-z]+):)?(?:\{([^}\n]{1,200})\}|([A-Za-z_][A-Za-z_0-9]*))[ \t]*(\+|-|\*|/|\?\?)?=(?!=)[ \t]*"
_REDIRECT = r"[1-6*]?>>?(&[1-6])?[ \t]*"
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_CONDITIONS = ("if", "elseif", "while", "foreach", "for", "switch", "until", "catch", "param", "return")


class _Frame:
    """A command being read, and what goes on behind the bracket that interrupted it."""

    __slots__ = ("assignment", "called", "command_start", "end", "expression", "joined", "opener", "skip", "words")

    def __init__(self, opener: str) -> None:
        self.opener = opener
        self.joined = ""
        self.reset()

    def reset(self) -> None:
        self.words: list[PlainWord] = []
        self.assignment: tuple[str, str, int, bool] | None = None
        self.called = False
        self.expression = False
        self.command_start = self.end = -1
        self.skip = False
        """The next word is where output goes."""


class PowerShell:
    """Reads one text; nesting is kept on a stack of its own, so that its depth does not matter."""

    __slots__ = ("blocks", "commands", "frame", "frames", "pos", "quoted", "start", "string", "text", "word")

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.commands: list[PlainCommand] = []
        self.frame = _Frame("")
        self.frames: list[tuple[_Frame, list[str] | None, int, bool, bool]] = []
        self.blocks = 0
        self.word: list[str] | None = None
        self.start = 0
        self.quoted = False
        self.string = False

    def read(self) -> list[PlainCommand]:
        run, string = re.compile(_RUN).match, re.compile(_STRING).match
        text, end = self.text, len(self.text)
        while self.pos < end:
            match = (string if self.string else run)(text, self.pos)
            if match is None:
                self.special(text[self.pos])
            elif not self.string and self.word is None and self.redirection():
                continue
            else:
                self.put(match[0], match.end())
        self.string = False
        self.end_command("")
        while self.frames:
            self.close(end)
            self.end_command("")
        return sorted(self.commands, key=lambda command: command.start)

    def put(self, text: str, end: int) -> None:
        if self.word is None:
            self.word = []
            self.start = self.pos
            self.quoted = False
            if not self.frame.words:
                self.frame.expression = (text == UNKNOWN and self.text[self.pos] in "$(@") or text.isdigit()
        if text != UNKNOWN or not self.word or self.word[-1] != UNKNOWN:
            self.word.append(text)
        self.pos = end

    def special(self, char: str) -> None:
        text, pos = self.text, self.pos
        if char == "$":
            self.dollar()
        elif char == UNKNOWN:
            match = re.compile("\0+").match(text, pos)
            self.put(UNKNOWN, match.end() if match is not None else pos + 1)
        elif char == "`":
            self.escape()
        elif char == '"':
            self.double()
        elif char == "'":
            self.single()
        elif char in " \t\r\f\v":
            self.end_word()
            self.pos += 1
        elif char in "\n;|&":
            self.operator(char)
        elif char == "(" or char == "{":
            self.bracket(char)
        elif char == ")" or char == "}":
            self.end_command("")
            if self.frames:
                self.close(pos + 1)
            else:
                self.pos += 1
        elif char == "#":
            if self.word is not None:
                self.put(char, pos + 1)
            else:
                stop = text.find("\n", pos)
                self.pos = len(text) if stop < 0 else stop
        elif char == "@":
            self.at()
        elif text.startswith("<#", pos):
            stop = text.find("#>", pos)
            self.pos = len(text) if stop < 0 else stop + 2
        elif char == ">" and self.redirection():
            pass
        elif char == "<" or char == ">":
            self.put(char, pos + 1)
        else:
            # Other blanks, as the no-break space, separate words too.
            self.end_word()
            self.pos += 1

    def dollar(self) -> None:
        text, pos = self.text, self.pos
        if text.startswith("$(", pos):
            self.open("(", 2)
            return
        if not self.string and self.word is None and not self.frame.words and self.frame.assignment is None:
            match = re.compile(_ASSIGNMENT).match(text, pos)
            if match is not None:
                scope, _, name = f"{match[1] or ''}:{match[3]}".partition(":") if match[3] else match[2].rpartition(":")
                self.frame.assignment = (name, (match[4] or "") + "=", pos, scope.lower() == "env")
                self.frame.command_start = pos
                self.pos = self.frame.end = match.end()
                return
        match = re.compile(_VARIABLE).match(text, pos)
        if match is None:
            self.put("$", pos + 1)
            return
        end = match.end()
        if not self.string:
            member = re.compile(_MEMBER).match(text, end)
            end = member.end() if member is not None else end
        self.put(UNKNOWN, end)

    def escape(self) -> None:
        text, pos = self.text, self.pos
        after = pos + 3 if text.startswith("\r\n", pos + 1) else pos + 2
        char = text[pos + 1 : pos + 2]
        if not self.string and (char == "\n" or after == pos + 3):
            self.end_word()
            self.pos = after
        else:
            self.put(_ESCAPES.get(char, char), min(pos + 2, len(text)))

    def double(self) -> None:
        text, pos = self.text, self.pos
        if not self.string:
            self.put("", pos + 1)
            self.string = self.quoted = True
            if len(self.frame.words) == 0 and self.start == pos:
                self.frame.expression = True
        elif text.startswith('""', pos):
            self.put('"', pos + 2)
        else:
            self.string = False
            self.put("", pos + 1)

    def single(self) -> None:
        match = re.compile(r"'([^']*(?:''[^']*)*)(?:'|\Z)").match(self.text, self.pos)
        assert match is not None
        start = self.pos
        self.put(match[1].replace("''", "'"), match.end())
        self.quoted = True
        if len(self.frame.words) == 0 and self.start == start:
            self.frame.expression = True

    def at(self) -> None:
        text, pos = self.text, self.pos
        quote = text[pos + 1 : pos + 2]
        head = re.compile(r"@[\"'][ \t]*\r?\n").match(text, pos)
        if head is not None and self.word is None:
            stop = text.find("\n" + quote + "@", head.end() - 1)
            end = len(text) if stop < 0 else stop + 3
            body = text[head.end() : max(len(text) if stop < 0 else stop, head.end())]
            self.put(UNKNOWN if quote == '"' and "$" in body else body, end)
            self.frame.expression = self.frame.expression or not self.frame.words
            self.quoted = True
        elif quote == "(" or quote == "{":
            self.open(quote, 2)
        elif self.word is None and (quote.isalpha() or quote == "_"):
            match = re.compile(r"@[A-Za-z_0-9]+").match(text, pos)
            self.put(UNKNOWN, match.end() if match is not None else pos + 1)
        else:
            self.put("@", pos + 1)

    def operator(self, char: str) -> None:
        pos = self.pos
        if char == "&":
            if self.text.startswith("&&", pos):
                char = "&&"
            elif self.word is None and not self.frame.words:
                self.frame.called = True
                self.pos += 1
                return
        elif self.text.startswith("||", pos):
            char = "||"
        self.end_command("" if char == "\n" else char)
        self.pos = pos + len(char)

    def bracket(self, char: str) -> None:
        word = "".join(self.word).lower() if self.word is not None else ""
        if char == "{" or word in _CONDITIONS:
            self.end_word()
        self.open(char, 1)

    def redirection(self) -> bool:
        match = re.compile(_REDIRECT).match(self.text, self.pos)
        if match is None:
            return False
        self.end_word()
        self.frame.skip = match[1] is None
        self.pos = match.end()
        return True

    def open(self, opener: str, length: int) -> None:
        word, start = self.word, self.start
        if word is None:
            word, start = [], self.pos
            if not self.frame.words:
                self.frame.expression = True
        self.frames.append((self.frame, word, start, self.quoted and self.word is not None, self.string))
        self.blocks += opener == "{"
        # The keys of a hash table look like commands and are none.
        self.frame = _Frame("@" if length == 2 and opener == "{" else opener)
        self.word = None
        self.string = False
        self.pos += length

    def close(self, end: int) -> None:
        opener = self.frame.opener
        self.frame, self.word, self.start, self.quoted, self.string = self.frames.pop()
        self.blocks -= opener == "{" or opener == "@"
        self.put(UNKNOWN, end)
        if opener == "{":
            self.end_word()
        elif self.frame.words and self.frame.words[0].text.lower() == "param":
            self.end_command("")

    def end_word(self) -> None:
        if self.word is None:
            return
        text = "".join(self.word)
        self.word = None
        frame = self.frame
        if frame.skip:
            frame.skip = False
            return
        frame.words.append(PlainWord(text, self.start, self.pos, self.quoted))
        if frame.command_start < 0:
            frame.command_start = self.start
        frame.end = self.pos

    def end_command(self, operator: str) -> None:
        self.end_word()
        frame = self.frame
        words, assignment = frame.words, frame.assignment
        if not words and assignment is None:
            if operator:
                frame.joined = operator
            frame.reset()
            return
        expression = frame.expression and not frame.called
        assignments = []
        if assignment is not None:
            name, op, start, env = assignment
            value = words[0].text if expression and len(words) == 1 else UNKNOWN if words else ""
            assignments = [PlainAssignment(name, op, value, start, frame.end, env)]
        if frame.opener != "@" and (assignments or not expression):
            conditional = self.blocks > 0 or frame.joined == "||"
            kept = [] if expression else words
            start = frame.command_start if assignments else words[0].start
            self.commands.append(PlainCommand(kept, assignments, start, frame.end, frame.joined, conditional))
        frame.reset()
        frame.joined = operator

"""Tests for the splitters of PowerShell and cmd.exe text."""

import pytest

from ci_audit.source import UNKNOWN
from ci_audit.syntax.words import PlainCommand, split_cmd, split_powershell


def shown(commands: list[PlainCommand]) -> list[list[str]]:
    return [[word.text.replace(UNKNOWN, "¿") for word in command.words] for command in commands if command.words]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pip install -r req.txt", [["pip", "install", "-r", "req.txt"]]),
        ("a b; c\nd\r\ne | f && g || h", [["a", "b"], ["c"], ["d"], ["e"], ["f"], ["g"], ["h"]]),
        ("a |\n b", [["a"], ["b"]]),
        ('a \'it\'\'s\' "b `"c`" ""d""`n"', [["a", "it's", 'b "c" "d"\n']]),
        ("a `\n  b `\r\n c` d", [["a", "b", "c d"]]),
        ("a $x ${y z} $env:FOO $x.y[0].z b$x", [["a", "¿", "¿", "¿", "¿", "b¿"]]),
        ('a "$x.txt" "$(b "c d")" $(e)', [["a", "¿.txt", "¿", "¿"], ["b", "c d"], ["e"]]),
        ("a # b\nc#d <# e\nf #> g", [["a"], ["c#d", "g"]]),
        ("a > f 2>&1 b 2> $null *> g", [["a", "b"]]),
        ("& 'C:\\a b.exe' c", [["C:\\a b.exe", "c"]]),
        ("& $py -m pip", [["¿", "-m", "pip"]]),
        ("a &", [["a"]]),
        ("if ($x) { pip install a } else { b }", [["if", "¿", "¿", "else", "¿"], ["pip", "install", "a"], ["b"]]),
        ("if(a){b}", [["if", "¿", "¿"], ["a"], ["b"]]),
        ("a | % { pip install $_ }", [["a"], ["%", "¿"], ["pip", "install", "¿"]]),
        ("pip install (dir *.whl).Name x", [["pip", "install", "¿.Name", "x"], ["dir", "*.whl"]]),
        ("a @args @(b) foo@bar", [["a", "¿", "¿", "foo@bar"], ["b"]]),
        ("a @{ b = 1; c = $(d) } e", [["a", "¿", "e"], ["d"]]),
        ("a @'\nb 'c'\n'@ d", [["a", "b 'c'", "d"]]),
        ('a @"\nb $x\n"@ d', [["a", "¿", "d"]]),
        ("'pip install no'\n\"x\" | a\n$x\n$x.y()\n@'\nz\n'@", [["a"]]),
        ("param($x) a", [["param", "¿"], ["a"]]),
        (f'pip install {UNKNOWN * 9} "x{UNKNOWN * 3}y"\n{UNKNOWN} a', [["pip", "install", "¿", "x¿y"], ["¿", "a"]]),
        ('pip install "a>=1" b[c]', [["pip", "install", "a>=1", "b[c]"]]),
        ("a\u00a0b", [["a", "b"]]),
        ("a 'b", [["a", "b"]]),
        ('a "b $(c', [["a", "b ¿"], ["c"]]),
        ("a } b ) c", [["a"], ["b"], ["c"]]),
    ],
)
def test_powershell(text: str, found: list[list[str]]) -> None:
    assert shown(split_powershell(text)) == found


def test_powershell_assignments() -> None:
    text = (
        '$env:A = "b c"\n$Env:B="x$y"\n$c = \'d\'; $e += 1\n$f = pip --version\n'
        "$g = 'a' + 'b'\n${env:H} = $i\nif ($j -eq 1) { $env:K = 'l' }\n$m == 1"
    )
    found = [
        (a.name, a.op, a.value.replace(UNKNOWN, "¿"), a.env, text[a.start : a.end], command.conditional)
        for command in split_powershell(text)
        for a in command.assignments
    ]
    assert found == [
        ("A", "=", "b c", True, '$env:A = "b c"', False),
        ("B", "=", "x¿", True, '$Env:B="x$y"', False),
        ("c", "=", "d", False, "$c = 'd'", False),
        ("e", "+=", "1", False, "$e += 1", False),
        ("f", "=", "¿", False, "$f = pip --version", False),
        ("g", "=", "¿", False, "$g = 'a' + 'b'", False),
        ("H", "=", "¿", True, "${env:H} = $i", False),
        ("K", "=", "l", True, "$env:K = 'l'", True),
    ]
    assert ["pip", "--version"] in shown(split_powershell(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pip install -r req.txt", [["pip", "install", "-r", "req.txt"]]),
        ("a & b && c || d | e\r\nf", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]),
        ("@echo off", [["echo", "off"]]),
        ('a "b & c" d"e f"', [["a", "b & c", "de f"]]),
        ("a b^&c ^\n d ^\r\n e", [["a", "b&c", "d", "e"]]),
        ("a %X1% b%Y:~0,2%c %~dp0 %1 %%i !Z! 5% hi!", [["a", "¿", "b¿c", "¿", "¿", "¿", "¿", "5%", "hi!"]]),
        ("a > f 2>&1 b <in 2>nul", [["a", "b"]]),
        ("rem pip install\nREM x\n:: pip\n:label\na", [["a"]]),
        ("call pip install a\ncall :label", [["pip", "install", "a"]]),
        ("if exist f (a) else (b)\nc", [["a"], ["b"], ["c"]]),
        (
            'if "%A%"=="b c" a\nif /i not %A% == b c\nif 1 EQU 2 d\nif errorlevel 1 exit 1',
            [["a"], ["c"], ["d"], ["exit", "1"]],
        ),
        ("for %%i in (a b) do a %%i\nfor /f \"tokens=*\" %i in ('b') do (c %i)", [["a", "¿"], ["c", "¿"]]),
        ("a (b) c", [["a", "(b)", "c"]]),
        ("(a\nb)\nc)", [["a"], ["b"], ["c)"]]),
        (f"pip install {UNKNOWN * 4} x{UNKNOWN}y", [["pip", "install", "¿", "x¿y"]]),
        ("a 'b c'", [["a", "'b", "c'"]]),
        ('a "b\nc', [["a", "b"], ["c"]]),
        ("if", [["if"]]),
    ],
)
def test_cmd(text: str, found: list[list[str]]) -> None:
    assert shown(split_cmd(text)) == found


def test_cmd_assignments() -> None:
    text = 'set A=b c & set "D=e & f" g\nset H=%I%x\nset /a J=1+1\nif x==x (set K=l)\nset\nset M'
    found = [
        (a.name, a.value.replace(UNKNOWN, "¿"), a.env, text[a.start : a.end], command.conditional)
        for command in split_cmd(text)
        for a in command.assignments
    ]
    assert found == [
        ("A", "b c", True, "set A=b c", False),
        ("D", "e & f", True, 'set "D=e & f" g', False),
        ("H", "¿x", True, "set H=%I%x", False),
        ("J", "¿", True, "set /a J=1+1", False),
        ("K", "l", True, "set K=l", True),
    ]
    assert shown(split_cmd(text)) == []


@pytest.mark.parametrize(
    ("split", "text"),
    [
        (split_powershell, "a 'b c'; if ($x) { d } ; e | f || g && h"),
        (split_cmd, 'a "b c" & if exist x (d) & e | f || g && h'),
    ],
)
def test_spans_and_circumstances(split: object, text: str) -> None:
    commands = split_powershell(text) if split is split_powershell else split_cmd(text)
    quote = "'b c'" if split is split_powershell else '"b c"'
    found = {text[c.start : c.end]: (c.joined, c.conditional) for c in commands if c.words[0].text != "if"}
    assert found[f"a {quote}"] == ("", False)
    assert found["d"][1]
    assert found["f"] == ("|", False)
    assert found["g"] == ("||", True)
    word = commands[0].words[1]
    assert (text[word.start : word.end], word.text, word.quoted) == (quote, "b c", True)

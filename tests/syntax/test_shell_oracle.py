"""Compares simple commands with those that tree-sitter-bash finds."""

import tree_sitter
import tree_sitter_bash
from hypothesis import HealthCheck, assume, given, settings
from shell_strategies import scripts

from ci_audit.syntax.shell import parse, simple_commands

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
_NOT_WORDS = ("variable_assignment", "file_redirect", "heredoc_redirect", "herestring_redirect")

Found = list[tuple[int, list[str]]]


def _theirs(text: str) -> Found | None:
    """List start and words of each command, None where the oracle could not read the text; ASCII only."""
    root = _PARSER.parse(text.encode("ascii")).root_node
    if root.has_error:
        return None
    found: Found = []
    stack = [root]
    while stack:
        node = stack.pop()
        stack += node.children
        if node.type == "command":
            words = [child for child in node.children if child.type not in _NOT_WORDS]
            if words:
                found.append((words[0].start_byte, [text[word.start_byte : word.end_byte] for word in words]))
    return sorted(found)


def _ours(text: str) -> Found:
    script = parse(text)
    assert script.errors == []
    return sorted(
        (simple.words[0].start, [text[word.start : word.end] for word in simple.words])
        for simple, _ in simple_commands(script)
        if simple.words
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(scripts)
def test_same_commands_as_tree_sitter(text: str) -> None:
    theirs = _theirs(text)
    assume(theirs is not None)
    assert _ours(text) == theirs

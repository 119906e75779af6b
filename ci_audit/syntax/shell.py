"""Shell text of sh and bash: its tree, a walk over its commands and the values of its words.

Aliases are not expanded, and nothing is looked up: what only a run can tell is UNKNOWN.
"""

from __future__ import annotations

from ci_audit.syntax.shellparser import parse
from ci_audit.syntax.shelltree import (
    AndOr,
    Assignment,
    Case,
    Function,
    Group,
    Heredoc,
    If,
    Loop,
    Pipeline,
    Redirect,
    Script,
    Simple,
    Subshell,
    Test,
    as_assignment,
)
from ci_audit.syntax.shellvalue import Field, Value, arguments, evaluate, evaluate_text
from ci_audit.syntax.shellwalk import Context, simple_commands
from ci_audit.syntax.shellword import (
    UNSET,
    Arithmetic,
    Array,
    Literal,
    Quoted,
    Substitution,
    Unknown,
    Unset,
    Variable,
    Word,
)

__all__ = [
    "UNSET",
    "AndOr",
    "Arithmetic",
    "Array",
    "Assignment",
    "Case",
    "Context",
    "Field",
    "Function",
    "Group",
    "Heredoc",
    "If",
    "Literal",
    "Loop",
    "Pipeline",
    "Quoted",
    "Redirect",
    "Script",
    "Simple",
    "Subshell",
    "Substitution",
    "Test",
    "Unknown",
    "Unset",
    "Value",
    "Variable",
    "Word",
    "arguments",
    "as_assignment",
    "evaluate",
    "evaluate_text",
    "parse",
    "simple_commands",
]

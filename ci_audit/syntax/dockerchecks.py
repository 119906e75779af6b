"""Why BuildKit refuses an instruction that it could split into words; what only a build can tell is no part of it."""

from __future__ import annotations

import re

from ci_audit.syntax.dockertree import INSTRUCTIONS, Dockerfile, Instruction
from ci_audit.syntax.dockerwords import WordError, heredoc_word, quoted_words

_GAP = r"[\t\v\f\r ]+"


def problem(instruction: Instruction, nested: bool) -> str | None:
    """Tell why BuildKit refuses an instruction; of one under ONBUILD it looks at the words of ENV and LABEL only."""
    keyword = instruction.keyword
    text = instruction.args.text
    if keyword in ("ENV", "LABEL"):
        return _pairs_problem(keyword, text, instruction.escape, nested)
    if nested or keyword in ("RUN", "CMD", "ENTRYPOINT"):
        return None
    if keyword not in INSTRUCTIONS:
        return f"unknown instruction {keyword}"
    if not text or instruction.json == []:
        return f"{keyword} needs an argument"
    if keyword == "FROM":
        return _from_problem(re.split(_GAP, text))
    if keyword in ("COPY", "ADD"):
        return _copy_problem(instruction)
    if keyword == "ARG":
        words = quoted_words(text, instruction.escape)
        return "ARG has a value without a name" if any(text[start] == "=" for start, _ in words) else None
    if keyword == "SHELL" and instruction.json is None:
        return "SHELL needs its arguments as a JSON array"
    if keyword == "HEALTHCHECK":
        kind = re.split(_GAP, text, maxsplit=1)
        if kind[0].upper() != ("CMD" if len(kind) == 2 else "NONE"):
            return "HEALTHCHECK needs CMD with a command, or NONE alone"
    if instruction.onbuild is not None and instruction.onbuild.keyword in ("ONBUILD", "FROM", "MAINTAINER"):
        return f"{instruction.onbuild.keyword} cannot stand under ONBUILD"
    return None


def _pairs_problem(keyword: str, text: str, escape: str, nested: bool) -> str | None:
    words = quoted_words(text, escape)
    if not words:
        return None if nested else f"{keyword} needs an argument"
    if "=" not in text[slice(*words[0])]:
        return None if re.search(_GAP, text) else f"{keyword} needs a name and a value"
    for start, end in words:
        if "=" not in text[start:end]:
            return f"{keyword} needs name=value, not {text[start:end]}"
        if text[start] == "=" and not nested:
            return f"{keyword} has a value without a name"
    return None


def _from_problem(words: list[str]) -> str | None:
    if len(words) == 3 and words[1].lower() == "as":
        return None if re.fullmatch(r"[a-z][a-z0-9._-]*", words[2].lower()) else f"{words[2]} cannot name a stage"
    return None if len(words) == 1 else "FROM needs an image, or an image, AS and a name"


def _copy_problem(instruction: Instruction) -> str | None:
    if instruction.json is None:
        words = re.split(_GAP, instruction.args.text)
    else:
        words = [item.text for item in instruction.json]
    if len(words) < 2:
        return f"{instruction.keyword} needs a source and a destination"
    if "<<" not in words[-1]:
        return None
    try:
        return None if heredoc_word(words[-1]) is None else f"{instruction.keyword} needs a path to write to"
    except WordError:
        return None


def stage_problem(tree: Dockerfile) -> tuple[int, str] | None:
    """Tell where and why a file has no stage for its instructions."""
    for instruction in tree.instructions:
        if instruction.keyword == "FROM":
            return None
        if instruction.keyword != "ARG" and instruction.keyword in INSTRUCTIONS:
            return instruction.start, f"{instruction.keyword} stands before the first FROM"
    return 0, "the file has no FROM" if tree.instructions else "the file has no instructions"

"""YAML events from libyaml, with no more of PyYAML loaded than they need."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType

from ci_audit.typed import Any


class YamlError(Exception):
    """Say why a text cannot be read as YAML, and at which offset of it."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class _Unexecuted(ModuleType):
    """The `yaml` package before its body has run: that happens as soon as anyone asks it for a name that it lacks."""

    def __getattr__(self, name: str) -> Any:
        from threading import RLock

        state = self.__dict__
        with state.setdefault("_lock", RLock()):
            if type(self) is _Unexecuted and "_executing" not in state:
                state["_executing"] = True
                try:
                    self.__spec__.loader.exec_module(self)  # type: ignore[union-attr]
                    self.__class__ = ModuleType  # type: ignore[assignment]
                finally:
                    del state["_executing"]
        return ModuleType.__getattribute__(self, name)


class _Namespace:
    """Stand in for a module of PyYAML while libyaml's binding looks up its error class there."""


def _error_factory(module: str, name: str) -> Callable[..., Exception]:
    """Make errors of PyYAML's own class once that class is loaded, so that others can catch what they expect."""

    def make(*args: Any) -> Exception:
        real = sys.modules.get("yaml." + module)
        if real is not None:
            return getattr(real, name)(*args)  # type: ignore[no-any-return]
        if module == "reader":
            error = sys.modules["yaml.error"].YAMLError(*args)
            _, error.position, error.character, _, error.reason = args
            return error  # type: ignore[no-any-return]
        return sys.modules["yaml.error"].MarkedYAMLError(*args)  # type: ignore[no-any-return]

    return make


_ERRORS = {
    "reader": "ReaderError",
    "scanner": "ScannerError",
    "parser": "ParserError",
    "composer": "ComposerError",
    "constructor": "ConstructorError",
    "emitter": "EmitterError",
    "serializer": "SerializerError",
    "representer": "RepresenterError",
}


def _load_binding_alone() -> Any:
    """Import `yaml._yaml` and the four small modules it needs, without the body of `yaml`.

    The body compiles regular expressions and imports datetime and base64: three quarters of the cost of a whole
    `import yaml`. The package stays in `sys.modules` in a state in which anyone else's `import yaml` still works.
    """
    spec = None
    for finder in sys.meta_path:
        spec = finder.find_spec("yaml", None)
        if spec is not None:
            break
    if spec is None or spec.loader is None or spec.submodule_search_locations is None:
        raise ImportError("no package named yaml")
    package = _Unexecuted("yaml")
    package.__spec__ = spec
    package.__loader__ = spec.loader
    package.__package__ = "yaml"
    package.__file__ = spec.origin
    package.__path__ = spec.submodule_search_locations
    sys.modules["yaml"] = package
    import yaml.error
    import yaml.events
    import yaml.nodes
    import yaml.tokens  # noqa: F401

    for module, name in _ERRORS.items():
        stand_in = _Namespace()
        setattr(stand_in, name, _error_factory(module, name))
        setattr(package, module, stand_in)
    try:
        from yaml._yaml import CParser
    finally:
        for module in _ERRORS:
            delattr(package, module)
    return CParser


def _pure_parser() -> Any:
    """Put PyYAML's own parser together: the one for installations without libyaml."""
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class PureParser(Reader, Scanner, Parser):
        def __init__(self, text: str) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)

    return PureParser


def _load_parser() -> Any:
    if "yaml" not in sys.modules:
        before = set(sys.modules)
        try:
            return _load_binding_alone()
        except Exception:
            # Another PyYAML than the ones known, or none: take the ordinary way, which says what is wrong.
            for name in set(sys.modules) - before:
                if name.partition(".")[0] == "yaml":
                    del sys.modules[name]
    try:
        from yaml._yaml import CParser
    except ImportError:
        return _pure_parser()
    return CParser


Parser = _load_parser()

from yaml.error import YAMLError as LibraryError  # noqa: E402
from yaml.events import (  # noqa: E402
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

__all__ = [
    "AliasEvent",
    "DocumentStartEvent",
    "LibraryError",
    "MappingEndEvent",
    "MappingStartEvent",
    "Parser",
    "ScalarEvent",
    "SequenceEndEvent",
    "SequenceStartEvent",
    "StreamEndEvent",
    "YamlError",
    "event_reader",
    "explain",
]

_MAX_TAG_DIRECTIVES = 1000


def event_reader(text: str) -> Callable[[], Any]:
    """Open a text: each call gives the next event, whose marks count characters from its start.

    Calls raise `LibraryError`, which `explain` turns into a `YamlError`.
    """
    if text.startswith("\ufeff"):
        # libyaml swallows a byte order mark and counts from behind it; a blank line in its place means the same.
        text = "\n" + text[1:]
    try:
        parser = Parser(text)
        # libyaml compares each %TAG directive with all those before it.
        if text.count("%TAG") > _MAX_TAG_DIRECTIVES:
            raise YamlError(f"more than {_MAX_TAG_DIRECTIVES} %TAG directives", text.index("%TAG"))
    except UnicodeEncodeError as error:
        raise YamlError("a lone surrogate is not allowed in YAML", error.start) from None
    except LibraryError as error:
        raise explain(error, text) from None
    return parser.get_event  # type: ignore[no-any-return]


def explain(error: Any, text: str) -> YamlError:
    """Say what a parser's error means: its words, and its place as an offset in the text."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        problem = error.problem or "not valid"
        message = f"{error.context}: {problem}" if error.context else problem
        # "the next token: …" would be taken for a secret and masked.
        message = message.replace("next token", "next sign")
        return YamlError(message, min(mark.index, len(text)))
    position = error.position
    if Parser.__module__ == "yaml._yaml":
        position = len(text.encode("utf-8")[:position].decode("utf-8", "ignore"))
    character = error.character if isinstance(error.character, int) else ord(error.character[:1] or "\0")
    return YamlError(f"the character U+{character:04X} is not allowed in YAML", min(position, len(text)))

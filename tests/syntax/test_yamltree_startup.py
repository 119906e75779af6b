"""Loading libyaml's binding alone: nothing more is imported, and PyYAML stays whole for everyone else."""

import subprocess
import sys

import pytest

import ci_audit

ROOT = ci_audit.__path__[0].rsplit("ci_audit", 1)[0]

PARSE = """
import sys
sys.path.insert(0, {root!r})
from ci_audit.source import Source
from ci_audit.syntax.yamltree import GITHUB, YamlError, parse
from ci_audit.syntax import yamlevents
def read(text):
    return parse(Source("a", text), GITHUB)[0].get("a").value
def broken(text):
    try:
        read(text)
    except YamlError as error:
        return error.offset
assert read("a: b") == "b"
"""


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PARSE.format(root=ROOT) + code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_only_the_binding_is_loaded():
    loaded = run("print(*sorted(name for name in sys.modules if name.split('.')[0] in ('yaml', 'datetime', 'base64')))")
    assert loaded.split() == ["yaml", "yaml._yaml", "yaml.error", "yaml.events", "yaml.nodes", "yaml.tokens"]


def test_broken_text_loads_no_more():
    assert run("print(broken('a: b: c'), broken('a: \\x7f'), 'yaml.scanner' in sys.modules)").split() == [
        "4",
        "3",
        "False",
    ]


@pytest.mark.parametrize(
    "use",
    [
        "import yaml; assert yaml.safe_load('a: 1') == {'a': 1}",
        "import yaml; assert yaml.load('a: 1', Loader=yaml.CSafeLoader) == {'a': 1}",
        "from yaml import safe_load; assert safe_load('a: 1') == {'a': 1}",
        "import yaml.constructor, yaml; assert yaml.dump({'a': 1}, Dumper=yaml.CDumper) == 'a: 1\\n'",
        "import yaml; assert yaml.__with_libyaml__ and yaml.__version__ and 'loader.py' in yaml.loader.__file__",
        "import yaml; assert type(yaml).__name__ == '_Unexecuted'; yaml.load; assert type(yaml).__name__ == 'module'",
        "import yaml\ntry: yaml.nothing\nexcept AttributeError: pass\nelse: raise SystemExit('no error')",
        "import yaml; assert isinstance(yaml.compose('a', Loader=yaml.CLoader), yaml.nodes.ScalarNode)",
        "import yaml; assert type(next(yaml.parse('a', Loader=yaml.CLoader))) is yaml.StreamStartEvent",
        "import yaml\ntry: yaml.load('a: b: c', Loader=yaml.CLoader)\nexcept yaml.scanner.ScannerError: pass",
        "import yaml\ntry: yaml.load('[', Loader=yaml.CLoader)\nexcept yaml.parser.ParserError: pass",
        "import yaml\ntry: yaml.load('\\x7f', Loader=yaml.CLoader)\nexcept yaml.reader.ReaderError: pass",
        "import yaml\ntry: yaml.load('*a', Loader=yaml.CLoader)\nexcept yaml.composer.ComposerError: pass",
        "import importlib, yaml; importlib.reload(yaml); assert yaml.safe_load('a: 1') == {'a': 1}",
        "import ruamel.yaml; assert ruamel.yaml.YAML(typ='safe', pure=True).load('a: 1') == {'a': 1}",
    ],
)
def test_pyyaml_is_whole_for_others(use):
    run(f"{use}\nassert read('a: c') == 'c' and broken('a: b: c') == 4 and broken('a: \\x7f') == 3")


def test_threads_that_ask_at_once_get_a_whole_package():
    run("""
import threading, yaml
results = []
def use():
    results.append(yaml.safe_load("a: 1"))
threads = [threading.Thread(target=use) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert results == [{"a": 1}] * 8, results
""")


def test_pyyaml_loaded_before_is_used():
    code = "import yaml\n" + PARSE.format(root=ROOT) + "assert yamlevents.Parser is yaml.cyaml.CParser"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("early", ["", "import yaml"])
def test_without_libyaml_the_pure_parser_reads(early):
    code = "import sys\nsys.modules['yaml._yaml'] = None\n" + early + PARSE.format(root=ROOT)
    code += "assert yamlevents.Parser.__name__ == 'PureParser' and broken('a: b: c') == 4 and broken('a: \\x7f') == 3"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_pyyaml_is_imported_the_ordinary_way():
    code = """
import sys
import importlib.machinery as machinery
find = machinery.PathFinder.find_spec
def find_nothing(name, path=None, target=None):
    if name == "yaml" and sys._getframe(1).f_code.co_name == "_load_binding_alone":
        return None
    return find(name, path, target)
machinery.PathFinder.find_spec = find_nothing
"""
    code += PARSE.format(root=ROOT)
    code += "import yaml; assert type(yaml).__name__ == 'module'; assert yamlevents.Parser is yaml.cyaml.CParser"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_pyyaml_missing_is_an_import_error():
    code = "import sys; sys.modules['yaml'] = None\n" + PARSE.format(root=ROOT)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ModuleNotFoundError" in done.stderr

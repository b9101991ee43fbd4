"""The shape of the product, read from its imports: arrows point left, and each foreign package has one place."""

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

LAYERS = (
    {"core"},
    {"ports"},
    {"service", "delivery", "hearing", "config", "views"},
    {"classify", "clocks", "intake", "mattermost", "publish", "rendering", "resources", "scheduling", "storage", "web"},
    {"bootstrap"},
    {"cli"},
)
LAYER = {name: depth for depth, names in enumerate(LAYERS) for name in names}
ADAPTERS = LAYERS[3]
APART = {"sandbox"}  # a program of its own

# Which parts of router may import a package that is not of the standard library: modules, or folders with a slash.
PLACES = {
    "apscheduler": ("scheduling.py",),
    "click": ("cli/",),
    "cryptography": ("mattermost/", "sandbox/"),
    "dotenv": ("config/",),
    "filelock": ("storage/",),
    "flask": ("web/", "sandbox/"),
    "jinja2": ("rendering.py",),
    "mattermostdriver": ("mattermost/connection.py",),
    "msgspec": ("storage/", "intake/", "mattermost/", "web/", "classify/", "cli/"),
    "numpy": ("classify/learning.py", "classify/model.py"),
    "requests": ("mattermost/", "sandbox/", "cli/", "classify/second_opinion.py", "intake/api.py"),
    "scipy": ("classify/learning.py",),
    "sklearn": ("classify/learning.py",),
    "tinydb": ("storage/tinydb",),
    "urllib3": ("mattermost/", "sandbox/", "intake/api.py"),
    "waitress": ("web/", "cli/", "sandbox/", "bootstrap.py"),
    "werkzeug": ("web/", "sandbox/", "cli/"),
    "websockets": ("mattermost/websocket.py", "sandbox/"),
}
IMPURE = frozenset(
    {
        "asyncio",
        "concurrent",
        "glob",
        "http",
        "io",
        "locale",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "platform",
        "random",
        "sched",
        "secrets",
        "select",
        "selectors",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "uuid",
        "warnings",
    }
)
CLOCKS = {"now", "utcnow", "today"}
LONGEST_MODULE, LONGEST_FUNCTION = 400, 50


@dataclass(frozen=True)
class Module:
    """One file: its path below router, and its syntax."""

    path: str
    lines: int
    tree: ast.Module

    @property
    def part(self):
        return self.path.partition("/")[0].removesuffix(".py")

    def imports(self):
        """Give the full name of everything that is imported, with its line."""
        package = ["router", *self.path.split("/")[:-1]]
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                whole = ".".join([*base, *([node.module] if node.module else [])])
                yield from ((f"{whole}.{alias.name}", node.lineno) for alias in node.names)


def modules(folder):
    found = []
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append(Module(path.relative_to(folder).as_posix(), len(text.splitlines()), ast.parse(text)))
    return found


def part_of(name):
    """Give the part of router that an import's name belongs to; None for anything else."""
    first, _, rest = name.partition(".")
    return rest.partition(".")[0] if first == "router" and rest else None


# ------------------------------------------------------------------------------------------- the rules


def wrong_arrows(module):
    for name, line in module.imports():
        to = part_of(name)
        if to is None or to == module.part:
            continue
        if not allowed(module.part, to):
            yield f"{module.path}:{line}: {module.part} may not know {to} ({name})"


def allowed(start, to):
    if to not in LAYER and to not in APART:
        return start == "cli"  # a name of the package itself, such as its version
    if to in APART:
        return start == "cli"
    if start in APART or start not in LAYER:
        return False
    if LAYER[start] == LAYER[to]:
        return {start, to} in ({"service", "delivery"}, {"service", "hearing"})
    return LAYER[to] < LAYER[start]


def misplaced_packages(module):
    for name, line in module.imports():
        package = name.partition(".")[0]
        if package == "router" or package in sys.stdlib_module_names:
            continue
        places = PLACES.get(package, ())
        if not any(module.path == one or (not one.endswith(".py") and module.path.startswith(one)) for one in places):
            yield f"{module.path}:{line}: {package} has no place here"


def impurities(module):
    if module.part != "core":
        return
    for name, line in module.imports():
        if name.partition(".")[0] in IMPURE:
            yield f"{module.path}:{line}: the core does not know {name}"
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"open", "input", "print"}
        ):
            yield f"{module.path}:{node.lineno}: the core does not call {node.func.id}"


def clock_readings(module):
    if module.part not in {"core", "service"}:
        return
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in CLOCKS
            and ast.unparse(node.value).rpartition(".")[2] in {"datetime", "date", "dt"}
        ):
            yield f"{module.path}:{node.lineno}: the time is an argument, or asked of the clock that was given"
    for name, line in module.imports():
        if name.partition(".")[0] == "time":
            yield f"{module.path}:{line}: the time is an argument, or asked of the clock that was given"


def unwieldy(module):
    if module.lines > LONGEST_MODULE:
        yield f"{module.path}: {module.lines} lines"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{module.path}:{node.lineno}: {node.name} has {length} lines"


def undocumented(module):
    if not ast.get_docstring(module.tree):
        yield f"{module.path}: say what it is for"


RULES = (wrong_arrows, misplaced_packages, impurities, clock_readings, unwieldy, undocumented)


# ------------------------------------------------------------------------------------------- the product


@pytest.fixture(scope="module")
def product(root):
    return modules(root / "router")


@pytest.mark.parametrize("broken", RULES, ids=lambda rule: rule.__name__)
def test_the_product_keeps_every_rule(product, broken):
    assert [fault for module in product for fault in broken(module)] == []


def test_every_part_has_its_place_in_the_layers(product):
    assert {module.part for module in product} - {"__init__"} <= LAYER.keys() | APART


def test_every_package_with_a_place_is_one_that_the_product_depends_on(root):
    declared = (root / "pyproject.toml").read_text(encoding="utf-8").lower()
    through_others = {"urllib3": "requests", "werkzeug": "flask", "dotenv": "python-dotenv"}
    assert [one for one in PLACES if f'"{through_others.get(one, one)}' not in declared] == []


# ------------------------------------------------------------------------------------------- the test itself

DOC = '"""What it is for."""\n'
PLANTED = [
    ("core/cases.py", "import flask\n", misplaced_packages, "flask has no place here"),
    ("core/cases.py", "from router.service import desk\n", wrong_arrows, "core may not know service"),
    ("core/cases.py", "from router import ports\n", wrong_arrows, "core may not know ports"),
    ("core/deep/cases.py", "from ... import ports\n", wrong_arrows, "core may not know ports"),
    ("core/cases.py", "def f():\n    import time\n", impurities, "the core does not know time"),
    ("core/cases.py", "from os import environ\n", impurities, "the core does not know os.environ"),
    ("core/cases.py", "open('x')\n", impurities, "does not call open"),
    ("core/cases.py", "import datetime\ndatetime.datetime.now()\n", clock_readings, "the time is an argument"),
    (
        "service/desk.py",
        "from datetime import datetime\nf = datetime.utcnow\n",
        clock_readings,
        "the time is an argument",
    ),
    ("service/desk.py", "from datetime import date\ndate.today()\n", clock_readings, "the time is an argument"),
    ("service/desk.py", "import time\n", clock_readings, "the time is an argument"),
    ("service/desk.py", "from router.config import Settings\n", wrong_arrows, "service may not know config"),
    ("service/desk.py", "from router.storage.codec import x\n", wrong_arrows, "service may not know storage"),
    ("web/app.py", "from router.mattermost import client\n", wrong_arrows, "web may not know mattermost"),
    ("web/app.py", "import jinja2\n", misplaced_packages, "jinja2 has no place here"),
    ("sandbox/api.py", "from router.core.cases import Case\n", wrong_arrows, "sandbox may not know core"),
    ("bootstrap.py", "from router.sandbox import serve\n", wrong_arrows, "bootstrap may not know sandbox"),
    ("storage/codec.py", "import tinydb\n", misplaced_packages, "tinydb has no place here"),
    (
        "mattermost/proofs.py",
        "from mattermostdriver import Driver\n",
        misplaced_packages,
        "mattermostdriver has no place",
    ),
    ("cli/main.py", "import leftpad\n", misplaced_packages, "leftpad has no place here"),
    ("web/app.py", "#\n" * 400, unwieldy, "401 lines"),
    ("web/app.py", "def f():\n" + "    pass\n" * 50, unwieldy, "f has 51 lines"),
]


@pytest.mark.parametrize(
    ("path", "text", "rule", "message"), PLANTED, ids=[f"{p[0]}-{n}" for n, p in enumerate(PLANTED)]
)
def test_a_planted_violation_is_caught(tmp_path: Path, path, text, rule, message):
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(DOC + text, encoding="utf-8")
    faults = [fault for module in modules(tmp_path) for fault in rule(module)]
    assert len(faults) == 1
    assert message in faults[0]
    assert faults[0].startswith(path)


def test_a_module_without_a_docstring_is_caught(tmp_path):
    (tmp_path / "cases.py").write_text("x = 1\n", encoding="utf-8")
    assert list(undocumented(modules(tmp_path)[0])) == ["cases.py: say what it is for"]


ALLOWED = [
    ("core/cases.py", "import re\nfrom datetime import datetime\nfrom router.core.people import Door\n"),
    ("service/desk.py", "from router.ports import Store\nimport logging\n\ndef f(clock):\n    return clock.now()\n"),
    ("delivery/__init__.py", "from router.service.directory import Directory\n"),
    ("web/app.py", "from flask import Flask\nfrom router.service import desk\n"),
    ("storage/tinydb_store.py", "import tinydb\n"),
    ("cli/demo.py", "from router.sandbox import serve\nfrom router import __version__\n"),
]


@pytest.mark.parametrize(("path", "text"), ALLOWED)
def test_what_is_allowed_is_not_caught(tmp_path, path, text):
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(DOC + text, encoding="utf-8")
    assert [fault for module in modules(tmp_path) for rule in RULES for fault in rule(module)] == []

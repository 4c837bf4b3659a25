"""The rules of the house that a linter does not know."""

import ast
import importlib
import inspect
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import marketplace
from marketplace.api import RESOURCES
from marketplace.jobs.runner import JOBS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "marketplace"
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {file: ast.parse(file.read_text()) for file in FILES}
TOP_LEVEL = {
    *("CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "README.md", "pyproject.toml"),
    *("requirements.txt", "requirements-dev.txt", "wsgi.py"),
    *("benchmarks", "docs", "instance", "marketplace", "migrations", "tests"),
}
BANNED = {
    *("util", "utils", "helper", "helpers", "manager", "handler", "service", "common"),
    *("data", "info", "base"),
}
# Where a transaction may end, and how often; `migrate` changes the schema, no records.
# In the API: the request's end, and `commit_first`, before a vendor is asked.
COMMITS = {
    "marketplace/api/transactions.py": 2,
    "marketplace/database.py": 2,
    "marketplace/jobs/__init__.py": 1,
}


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def nodes(kind: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield name_of(file), node


def test_transactions_end_where_they_may() -> None:
    found: dict[str, int] = {}
    for file, node in nodes(ast.Call):
        assert isinstance(node, ast.Call)
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in ("commit", "begin"):
            found[file] = found.get(file, 0) + 1
    assert found == COMMITS


def test_files_are_short() -> None:
    lengths = {name_of(f): len(f.read_text().splitlines()) for f in FILES}
    assert {name: n for name, n in lengths.items() if n > 300} == {}


def test_functions_are_short() -> None:
    lengths = {
        f"{file}:{node.name}": length_of(node)
        for kind in (ast.FunctionDef, ast.AsyncFunctionDef)
        for file, node in nodes(kind)
        if isinstance(node, kind)
    }
    assert {name: n for name, n in lengths.items() if n > 40} == {}


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, without the docstring."""
    first = function.body[1 if ast.get_docstring(function) else 0 :]
    return (first[-1].end_lineno or 0) - first[0].lineno + 1 if first else 0


def test_files_and_classes_have_names_that_say_something() -> None:
    allowed = "marketplace/shops/adapters/base.py"
    stems = {name_of(f) for f in FILES if f.stem in BANNED or f.parent.name in BANNED}
    assert stems <= {allowed}
    for file, node in nodes(ast.ClassDef):
        assert isinstance(node, ast.ClassDef)
        words = {w.lower() for w in re.findall(r"[A-Z][a-z0-9]*", node.name)}
        assert not words & BANNED or file == allowed, f"{file}: {node.name}"


def test_what_a_package_exports_is_what_it_imports_for_others() -> None:
    for file, tree in TREES.items():
        if file.name != "__init__.py":
            continue
        imported = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith(f"marketplace.{file.parent.name}.")
            for alias in node.names
        }
        if not imported:
            continue
        parts = file.parent.relative_to(ROOT).parts
        module = importlib.import_module(".".join(parts))
        exported = module.__all__
        assert len(exported) == len(set(exported)), name_of(file)
        assert imported <= set(exported), name_of(file)
        assert all(hasattr(module, name) for name in exported), name_of(file)


def test_every_public_function_and_class_says_what_it_is() -> None:
    silent = [
        f"{file}:{node.name}"
        for kind in (ast.FunctionDef, ast.ClassDef)
        for file, node in nodes(kind)
        if isinstance(node, kind)
        and not node.name.startswith("_")
        and isinstance(parent_of(file, node), ast.Module)
        and not ast.get_docstring(node)
    ]
    assert silent == []


def parent_of(file: str, wanted: ast.AST) -> ast.AST | None:
    for node in ast.walk(TREES[ROOT / file]):
        if wanted in ast.iter_child_nodes(node):
            return node
    return None


def test_every_job_is_a_file_with_a_run() -> None:
    for name in JOBS:
        module = importlib.import_module(f"marketplace.jobs.{name}")
        assert module.__doc__, name
        assert list(inspect.signature(module.run).parameters) == ["context"], name
    with_run = {
        file.stem
        for file, tree in TREES.items()
        if file.parent == PACKAGE / "jobs"
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "run"
    }
    assert with_run == set(JOBS)


def test_every_resource_is_in_the_contract_of_independence() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (modules,) = [c["modules"] for c in contracts if c["id"] == "resources"]
    assert modules == sorted(f"marketplace.api.{name}" for name in RESOURCES)


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and of the contracts, free to be spoiled."""
    folder = tmp_path_factory.mktemp("contracts")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(
        PACKAGE, folder / "marketplace", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_hold(contracts: Path) -> None:
    result = lint(contracts)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("campaigns/rules.py", "import marketplace.orders.models", "pipeline"),
        ("orders/operations.py", "from flask import g", "The domain has no HTTP"),
        ("redirect/__init__.py", "import stripe", "only the click path"),
        ("shops/adapters/base.py", "import sqlalchemy", "know no tables"),
        ("accounts/rules.py", "import os", "Rules are pure"),
        ("currencies/models.py", "import marketplace.currencies.queries", "Inside a"),
        ("api/orders.py", "import marketplace.api.shops", "do not import each other"),
        ("new_room.py", "", "pipeline"),
    ],
)
def test_breaking_a_contract_fails(
    contracts: Path, file: str, line: str, contract: str
) -> None:
    path = contracts / "marketplace" / file
    before = path.read_text() if path.exists() else None
    path.write_text((before or "") + f"\n{line}\n")
    try:
        result = lint(contracts)
    finally:
        path.unlink() if before is None else path.write_text(before)
    assert result.returncode == 1, result.stdout + result.stderr
    broken = [row for row in result.stdout.splitlines() if "BROKEN" in row]
    assert any(contract in row for row in broken) or "new_room" in result.stdout


def test_no_path_of_this_machine_and_no_registry_is_named() -> None:
    names = [*ROOT.glob("requirements*.txt"), *ROOT.glob("*.toml"), ROOT / "Makefile"]
    hosts = re.compile(
        r"https?://(?!127)|--index|--find-links|--extra-index|--trusted-host"
    )
    assert [p.name for p in names if hosts.search(p.read_text())] == []


def test_nothing_else_lies_at_the_top_level() -> None:
    """What was only written there by the way is easily taken along."""
    told = ["git", "-C", str(ROOT), "ls-files"]
    listed = subprocess.run(told, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout of git's")
    found = {Path(each).parts[0] for each in listed.stdout.splitlines()}
    assert {each for each in found if not each.startswith(".")} <= TOP_LEVEL


def test_the_package_is_the_one_of_this_checkout() -> None:
    assert Path(marketplace.__file__).parent == PACKAGE


def test_only_a_fixture_knows_the_test_database() -> None:
    """What does not ask for it need not run again on another (`--only-database`)."""
    name = "_".join(("TEST", "DATABASE", "URL"))
    knowing = [f for f in (ROOT / "tests").rglob("*.py") if name in f.read_text()]
    assert [file.relative_to(ROOT).as_posix() for file in knowing] == [
        "tests/conftest.py"
    ]
    tree = ast.parse((ROOT / "tests" / "conftest.py").read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    told = [f.name for f in functions if name in ast.unparse(f)]
    assert told == ["template_url"]

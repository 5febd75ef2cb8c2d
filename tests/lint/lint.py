#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks style and structure of all files; prints file:line, what is wrong and what would be right.

Usage: lint.py [DIRECTORY]
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
COLUMNS_MAX = 100

# What a collector may know of the exporter (CONTRIBUTING.md: the interface headers).
INTERFACE = {f"exporter/{name}.h" for name in (
    "arena", "bounds", "cleanup", "clock", "collector", "drill_file", "duration", "error",
    "evidence", "file", "hash", "history", "metric", "rfc3339", "samples", "secret", "setting",
    "stop", "text_format", "yaml")}

BANNED = {
    "strcpy": "snprintf or memcpy with a checked length",
    "strcat": "snprintf or a stream of open_memstream",
    "sprintf": "snprintf or arena_printf",
    "vsprintf": "vsnprintf or arena_printf",
    "gets": "fgets or getline",
    "atoi": "strtol, with its end and errno checked",
    "atol": "strtol, with its end and errno checked",
    "atof": "strtod, with its end and errno checked",
    "strtok": "strcspn or strtok_r",
    "localtime": "gmtime_r",
    "gmtime": "gmtime_r",
    "strerror": "strerror_r, which is safe among threads",
    "setlocale": "nothing: numbers are written without a locale",
    "system": "posix_spawn",
    "popen": "posix_spawn",
    "alloca": "an arena",
}
# They prove that the exporter does not depend on it.
ALLOWED_IN_TESTS = {"setlocale"}
BANNED_CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
# Paths that exist on one person's machine only.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|home|root|Users)/[\w.]")
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
SPDX = "SPDX-License-Identifier: Apache-2.0"
SKIPPED_DIRECTORIES = {"build", "corpus", "__pycache__", "node_modules"}


class Source:
    """A file of the repository, read once."""

    def __init__(self, root, path):
        self.path = path
        self.name = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.splitlines()
        first = self.lines[0] if self.lines else ""
        self.is_c = path.suffix in {".c", ".h"}
        self.is_python = path.suffix == ".py" or re.match(r"#!.*\bpython", first) is not None
        self.is_shell = path.suffix == ".sh" or re.match(r"#!.*\b(ba)?sh\b", first) is not None
        self.is_yaml = path.suffix in {".yml", ".yaml"}
        self.is_make = path.name == "Makefile"
        self.is_code = (self.is_c or self.is_python or self.is_shell or self.is_yaml
                        or self.is_make)


def problem(source, line, what, remedy):
    """One finding in the form that editors understand."""
    return f"{source.name}:{line}: {what}; {remedy}"


def without_comments_and_texts(text):
    """C code with comments, strings and characters blanked out, line by line as before."""
    token = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
    return token.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def check_size(source):
    """Files and lines are short enough to read."""
    if (source.is_c or source.is_python) and len(source.lines) > FILE_LINES_MAX:
        yield problem(source, FILE_LINES_MAX + 1, f"{len(source.lines)} lines",
                      f"split the file by topic, at most {FILE_LINES_MAX} lines each")
    if not source.is_code:
        return
    for number, line in enumerate(source.lines, 1):
        if len(line) > COLUMNS_MAX:
            yield problem(source, number, f"{len(line)} columns", f"wrap it at {COLUMNS_MAX}")
        if line != line.rstrip():
            yield problem(source, number, "blanks at the end of the line", "remove them")
        if "\t" in line and not source.is_make:
            yield problem(source, number, "a tab", "indent with blanks")


def check_c_functions(source):
    """A function fits on a page. The format puts its braces into the first column."""
    if not source.is_c:
        return
    start = None
    for number, line in enumerate(source.lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if number - start + 1 > FUNCTION_LINES_MAX:
                yield problem(source, start, f"a function of {number - start + 1} lines",
                              f"split it, at most {FUNCTION_LINES_MAX} lines each")
            start = None


def check_python(source):
    """Python compiles and its functions fit on a page."""
    if not source.is_python:
        return
    try:
        tree = ast.parse(source.text, source.name)
    except SyntaxError as error:
        yield problem(source, error.lineno, error.msg, "correct the syntax")
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield problem(source, node.lineno, f"a function of {length} lines",
                              f"split it, at most {FUNCTION_LINES_MAX} lines each")


def check_spdx(source):
    """Every source states its licence at the top, C also its purpose."""
    if not (source.is_code or source.path.suffix in {".1", ".cfg", ".toml"}):
        return
    if not any(SPDX in line for line in source.lines[:2]):
        yield problem(source, 1, "no licence", f"begin with a comment: {SPDX}")
    elif source.is_c and not (len(source.lines) > 1 and source.lines[1].startswith("/* ")):
        yield problem(source, 2, "no purpose", "say in one sentence what the file is for: /* … */")


def check_includes(source):
    """Collectors know only the interface of the exporter, and the exporter no collector."""
    if not source.is_c:
        return
    for number, line in enumerate(source.lines, 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not match:
            continue
        header = match[1]
        if source.name.startswith("exporter/") and not header.startswith("exporter/"):
            yield problem(source, number, f"exporter/ includes {header}",
                          "the exporter knows no collector; go through exporter/collector.h")
        if (source.name.startswith("collectors/") and header not in INTERFACE
                and not header.startswith("collectors/")):
            yield problem(source, number, f"a collector includes {header}",
                          "include interface headers only: " + " ".join(sorted(INTERFACE)))


def check_c_words(source):
    """No banned functions, hidden structs or comments of the other kind."""
    if not source.is_c:
        return
    code = without_comments_and_texts(source.text)
    for number, line in enumerate(code.splitlines(), 1):
        for match in BANNED_CALL.finditer(line):
            if source.name.startswith("tests/") and match[1] in ALLOWED_IN_TESTS:
                continue
            yield problem(source, number, f"{match[1]} is banned", f"use {BANNED[match[1]]}")
        if re.search(r"\btypedef\s+(struct|enum|union)\b", line):
            yield problem(source, number, "a typedef hides what it is", "write the struct out")
    without_texts = re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"',
                           lambda match: re.sub(r"[^\n]", " ", match[0]), source.text,
                           flags=re.DOTALL)
    for number, line in enumerate(without_texts.splitlines(), 1):
        if "//" in line:
            yield problem(source, number, "a // comment", "write /* … */")


def check_words(source):
    """Nothing unfinished, and nothing of one person's machine."""
    for number, line in enumerate(source.lines, 1):
        match = MACHINE_PATH.search(line)
        if match:
            yield problem(source, number, f"a path of one machine: {match[0]}",
                          "use a relative path, or one that every machine has")
        match = UNFINISHED.search(line)
        if match:
            yield problem(source, number, f"unfinished: {match[0]}", "finish it, or open an issue")


def check_data(source):
    """YAML and JSON parse."""
    try:
        # Templates of a Helm chart become YAML only when they are rendered.
        if source.is_yaml and source.path.parent.name != "templates":
            list(yaml.safe_load_all(source.text))
        elif source.path.suffix == ".json":
            json.loads(source.text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield problem(source, mark.line + 1 if mark else 1, getattr(error, "problem", str(error)),
                      "correct the YAML")
    except json.JSONDecodeError as error:
        yield problem(source, error.lineno, error.msg, "correct the JSON")


def check_shell(source):
    """Shell scripts parse; shellcheck looks at them where it is installed."""
    if not source.is_shell:
        return
    shell = "bash" if "bash" in source.lines[0] else "sh"
    done = subprocess.run([shell, "-n", source.path], check=False, capture_output=True, text=True)
    for line in done.stderr.splitlines():
        match = re.search(r"(?:line )?(\d+): (.*)", line)
        if match:
            yield problem(source, match[1], match[2], "correct the syntax")
    if shutil.which("shellcheck"):
        done = subprocess.run(["shellcheck", "--severity=warning", "--format=gcc", source.path],
                              check=False, capture_output=True, text=True)
        for line in done.stdout.splitlines():
            match = re.match(r".*?:(\d+):\d+: (.*)", line)
            if match:
                yield problem(source, match[1], match[2], "see shellcheck.net")


CHECKS = [check_size, check_c_functions, check_python, check_spdx, check_includes, check_c_words,
          check_words, check_data, check_shell]


def check_format(root, sources):
    """clang-format would change nothing; all files in one run."""
    files = [source.path for source in sources if source.is_c]
    if not files:
        return
    if shutil.which("clang-format") is None:
        yield "clang-format is missing; tests/install-dependencies test installs it"
        return
    done = subprocess.run(["clang-format", "--dry-run", *files], check=False, cwd=root,
                          capture_output=True, text=True)
    for line in done.stderr.splitlines():
        match = re.match(r"(.*?):(\d+):\d+: (?:warning|error): (.*)", line)
        if match:
            name = Path(os.path.relpath(root / match[1], root)).as_posix()
            yield f"{name}:{match[2]}: {match[3]}; run make format"


def find_sources(root):
    """Every text file of the repository that people wrote."""
    sources = []
    for directory, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in SKIPPED_DIRECTORIES
                          and (not name.startswith(".") or name == ".ci"))
        for name in sorted(files):
            path = Path(directory) / name
            if path.is_symlink() or name == "LICENSE":
                continue
            try:
                sources.append(Source(root, path))
            except UnicodeDecodeError:
                continue
    return sources


def find_problems(root):
    """All findings of all checks, by file."""
    sources = find_sources(root)
    for source in sources:
        for check in CHECKS:
            yield from check(source)
    yield from check_format(root, sources)


def main():
    """Prints the findings; returns the exit status."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    problems = list(find_problems(root))
    for line in problems:
        print(line)
    if problems:
        print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""Every check of the lint finds what it is there for, and leaves good files alone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(__file__).with_name("lint.py")
SPDX = "SPDX-License-Identifier: Apache-2.0"
C = f"/* {SPDX} */\n/* A file for a test. */\n"
PYTHON = f"# {SPDX}\n"
HOME = "/" + "home/somebody/file"


def lint(directory):
    shutil.copy(ROOT / ".clang-format", directory)
    done = subprocess.run([sys.executable, LINT, directory], check=False, capture_output=True,
                          text=True)
    return done.returncode, done.stdout


@pytest.mark.parametrize("name, text, expected", [
    ("exporter/a.c", "int a;\n", "exporter/a.c:1: no licence"),
    ("exporter/a.c", f"/* {SPDX} */\n\nint a;\n", "exporter/a.c:2: no purpose"),
    ("exporter/a.c", C + "int  a;\n", "exporter/a.c:3: code should be clang-formatted"),
    ("exporter/a.c", C + "/* a */\n" * 399, "exporter/a.c:401: 401 lines"),
    ("exporter/a.c", C + "void a(void)\n{\n" + "    a();\n" * 59 + "}\n",
     "exporter/a.c:4: a function of 61 lines"),
    ("exporter/a.c", C + "/* " + "a" * 95 + " */\n", "exporter/a.c:3: 101 columns"),
    ("exporter/a.c", C + '#include "collectors/b.h"\n', "exporter/a.c:3: exporter/ includes"),
    ("collectors/a.c", C + '#include "exporter/board.h"\n', "collectors/a.c:3: a collector incl"),
    ("exporter/a.c", C + "int a = atoi(b);\n", "exporter/a.c:3: atoi is banned; use strtol"),
    ("exporter/a.c", C + "int a = system (b);\n", "exporter/a.c:3: system is banned"),
    ("exporter/a.h", C + "typedef struct a a;\n", "exporter/a.h:3: a typedef"),
    ("exporter/a.c", C + "int a; // No.\n", "exporter/a.c:3: a // comment"),
    ("exporter/a.c", C + "/* TO" + "DO: more. */\n", "exporter/a.c:3: unfinished"),
    ("exporter/a.c", C + f"/* {HOME} */\n", "exporter/a.c:3: a path of one machine"),
    ("README.md", f"See {HOME}.\n", "README.md:1: a path of one machine"),
    ("tests/a.py", "import os\n", "tests/a.py:1: no licence"),
    ("tests/a.py", PYTHON + "def a(:\n", "tests/a.py:2: invalid syntax"),
    ("tests/a.py", PYTHON + "def a():\n" + "    a()\n" * 60, "tests/a.py:2: a function of 61"),
    ("tests/a.py", PYTHON + "a = 1 \n", "tests/a.py:2: blanks at the end"),
    ("tests/a.py", PYTHON + "if a:\n\tb = 1\n", "tests/a.py:3: a tab"),
    ("tests/a", f"#!/bin/sh\n# {SPDX}\nif\n", "tests/a:"),
    ("tests/a", "#!/bin/sh\ntrue\n", "tests/a:1: no licence"),
    ("deploy/a.yml", f"# {SPDX}\na: [1\n", "deploy/a.yml:3: "),
    ("deploy/a.yml", "a: 1\n", "deploy/a.yml:1: no licence"),
    ("dashboards/a.json", '{"a": }\n', "dashboards/a.json:1: Expecting value"),
])
def test_bad_files_are_found(tmp_path, name, text, expected):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    status, output = lint(tmp_path)
    assert status == 1
    assert expected in output
    assert all("; " in line for line in output.splitlines()[:-1]), "a finding without a remedy"


@pytest.mark.parametrize("name, text", [
    ("exporter/a.c", C + '#include "exporter/board.h"\n\n#include <stdio.h>\n'),
    ("collectors/a.c", C + '#include "collectors/a.h"\n#include "exporter/collector.h"\n'),
    ("exporter/a.c", C + 'const char *a = "atoi(https://example.com)"; /* strcpy() */\n'),
    ("exporter/a.c", C + "int a = strtok_r(b, c, d) + e->system(f) + my_system(g);\n"),
    ("exporter/a.c", C + "void a(void)\n{\n" + "    a();\n" * 58 + "}\n"),
    ("exporter/a.c", C + "/* a */\n" * 398),
    ("tests/a.py", PYTHON + "def a():\n" + "    a()\n" * 59),
    ("tests/a", f"#!/bin/sh\n# {SPDX}\ntrue\n"),
    ("build/a.c", "int  a;\n"),
    ("dashboards/a.json", '{"a": 1}\n'),
    ("templates/a.yaml", f"# {SPDX}\na: {{{{ b }}}}\n{{{{- c }}}}\n"),
])
def test_good_files_are_left_alone(tmp_path, name, text):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    assert lint(tmp_path) == (0, "")

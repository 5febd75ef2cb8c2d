# SPDX-License-Identifier: Apache-2.0
"""Real server programs, started privately in temporary directories on free ports."""

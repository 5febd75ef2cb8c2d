// SPDX-License-Identifier: Apache-2.0
// promtool of Prometheus 3: tests/alerts builds it.

module dr-exporter-tests/promtool

go 1.26.0

require github.com/prometheus/prometheus v0.313.5

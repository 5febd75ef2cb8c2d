// SPDX-License-Identifier: Apache-2.0

// Parses rule files as a newer Prometheus does than the one that is installed.
package main

import (
	"fmt"
	"os"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
)

func main() {
	for _, path := range os.Args[1:] {
		groups, errors := rulefmt.ParseFile(path, false, model.UTF8Validation)
		if len(errors) > 0 {
			fmt.Println(path, errors)
			os.Exit(1)
		}
		for _, group := range groups.Groups {
			fmt.Println(path, group.Name, len(group.Rules))
		}
	}
}

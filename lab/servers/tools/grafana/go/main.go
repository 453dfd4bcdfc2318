// Checks a Grafana dashboard on standard input as strictly as Grafana's own types do.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func check(text []byte) error {
	plugins.RegisterDefaultPlugins()
	var read dashboard.Dashboard
	if err := faults(read.UnmarshalJSONStrict(text)); err != nil {
		return err
	}
	return faults(read.Validate())
}

// faults returns nil for an empty list, which the library returns as an error that is not nil.
func faults(err error) error {
	var list cog.BuildErrors
	if errors.As(err, &list) && len(list) == 0 {
		return nil
	}
	return err
}

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = check(text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

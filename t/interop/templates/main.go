// Runs the cases of t/cases/templates through Go's text/template and sprig,
// the functions' origin.  Standard input is one JSON array of objects with
// the members "template" and "input"; standard output the same with the
// member "output", or "error" where there is none.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
)

type testCase struct {
	Template string      `json:"template"`
	Input    interface{} `json:"input"`
	Output   *string     `json:"output,omitempty"`
	Error    interface{} `json:"error,omitempty"`
}

func run(c *testCase) (out string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	funcs := sprig.TxtFuncMap()
	delete(funcs, "env")
	delete(funcs, "expandenv")
	t, err := template.New("template").Funcs(funcs).Parse(c.Template)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, c.Input)
	return b.String(), err
}

func main() {
	var cases []*testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, c := range cases {
		c.Output, c.Error = nil, nil
		if out, err := run(c); err != nil {
			c.Error = err.Error()
		} else {
			c.Output = &out
		}
	}
	w := json.NewEncoder(os.Stdout)
	w.SetIndent("", " ")
	if err := w.Encode(cases); err != nil {
		os.Exit(1)
	}
}

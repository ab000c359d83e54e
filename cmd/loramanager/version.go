package main

import (
	"fmt"
	"runtime"

	"loramanager/internal/httpapi"
)

type versionCmd struct{}

// Run prints what this binary is.
func (versionCmd) Run(io streams) error {
	text := "loramanager " + version
	if commit != "" {
		text += " (" + commit + ")"
	}
	_, err := fmt.Fprintln(io.out, text+" "+runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH)
	return err
}

type openapiCmd struct{}

// Run prints the description that internal/httpapi/openapi.json holds.
func (openapiCmd) Run(io streams) error {
	spec, err := httpapi.Spec()
	if err != nil {
		return err
	}
	_, err = io.out.Write(spec)
	return err
}

// Package deploy checks what is in deploy/ without a container engine: Compose files
// against the specification's schema, variables against the table of the configuration,
// commands against those of the program, the chart's schema against its values.
//
// It is a module of its own, so that nothing it needs becomes a dependency of the program.
// The chart itself is rendered in tests/deploy/chart, whose libraries take minutes to build.
//
// Test: go -C tests/deploy test ./... (make check-deploy runs everything)
package deploy

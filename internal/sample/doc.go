// Package sample writes a library of small, valid, made-up adapters: of many base
// models and kinds, with training data, previews and the sidecars of several tools.
// It is for trying the program out and for its tests and benchmarks.
//
// Not here: reading such a library (library). Key names and widths of base models
// come from inspect's table, read backwards.
//
// Promises:
//
//  1. The same seed writes the same library, byte for byte, whatever the machine.
//  2. Every file is a valid adapter, except those asked for with Options.Broken.
//  3. Nothing that exists is overwritten.
//
// Test: go test ./internal/sample/
package sample

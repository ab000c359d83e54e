//go:build !failpoints

package main

import "loramanager/internal/guard"

// failpoint is called at the points docs/jobs.md names; nil does nothing. Binaries for
// crash tests are built with the tag failpoints.
var failpoint func(name string)

// beforeKeep is called ahead of each step of writing a picture.
var beforeKeep func(guard.KeepStep) error

// Package prompt turns adapters, weights and wildcards into the text each engine
// understands, and back. Pure functions.
package prompt

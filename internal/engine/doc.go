// Package engine hands a job to something outside: an engine that makes pictures, an
// HTTP address, a file.
package engine

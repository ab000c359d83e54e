// Package soak runs one server under mixed load for a long time: 20 jobs a minute on an
// engine that comes and goes, 200 live connections, edits, scans of a library that changes,
// and backups. Afterwards goroutines and descriptors are back where they were, and the
// memory has not grown.
//
// make soak takes 30 minutes and judges the slope of the memory, the median of the slopes
// between all pairs of samples (Theil-Sen); CI takes one minute, in which a slope is noise, and
// judges the growth alone. SOAK_MINUTES changes that.
package soak

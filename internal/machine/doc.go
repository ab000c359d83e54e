// Package machine measures this computer: how busy its processor is, what memory and disk
// hold, and what the drivers of graphics cards tell.
//
// Not here: when to measure, what is kept and what is worth a warning (health).
//
// In every process health asks each quarter of a minute; the samples it keeps are what the
// pages draw. NVIDIA cards are asked through nvidia-smi, AMD cards through amd-smi,
// rocm-smi or the files of Linux. There is no cgo, and no library of a maker.
//
// Promises:
//
//  1. What is not told, or cannot be true, is nil: never a number that was not measured.
//  2. A driver's program that hangs, floods or talks nonsense costs 2 s and 256 KiB.
//  3. Programs are found once, by absolute paths, and get none of our secrets.
//
// Test: go test ./internal/machine/
package machine

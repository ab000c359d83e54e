// Package inspect says what a LoRA file is - base model, adapter kind, rank,
// coverage, trainer, trigger words, defects - each claim with evidence.
//
// It is pure: a checked header goes in, a lora.Report comes out; only
// CheckTensors and ScalarReader read weights, through an io.ReaderAt. It does
// not parse files (safetensors), hash them (digest) or read sidecars (sidecar).
// In story 1 library calls Inspect once per file, right after the header.
//
// Promises:
//
//  1. A base model is named at confidence 0.9 or more only when shapes rule every
//     other row of the table out. Where two fit, or nothing does, it says less.
//  2. No block index is ever looked for: one trained block reads like all of them.
//  3. Shapes outrank keys, keys outrank ss_base_model_version, that outranks
//     modelspec.architecture, then sidecar, then file name; lies are findings.
//  4. Every finding is a sentence and a thing to do. check.go lists them all.
//  5. Any header is judged in bounded time and memory without a panic.
//  6. 100,000 files are no burden: about 0.3 microseconds per tensor.
//
// To add a base model: add one row to a bases_*.go file - its module paths with
// "[n]" for the number of blocks and in>out for the widths - and one case to
// realFiles in real_test.go, with keys copied from a file. Nothing else: golden
// cases in every dialect, Bases, FindBase and examples follow from the row.
// Rows that stand earlier win where shapes cannot decide; "rare" never wins alone.
//
// Test: go test ./internal/inspect; speed: go test -bench . ./internal/inspect
package inspect

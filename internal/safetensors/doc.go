// Package safetensors reads and writes the safetensors container and trusts
// nothing in it. A file is 8 bytes of little-endian header length, a JSON
// header, and the tensor bytes one after another.
//
// Not here: what the tensors mean (inspect), opening files (guard), digests
// (digest). No pickle is ever read; one is only recognised.
//
// In the scan story, library opens a file through guard, hands it to Read, and
// passes the header on to inspect.
//
// Promises:
//
//  1. Read looks at the header only, never at tensor bytes.
//  2. Memory follows the bytes a file really has and the Limits, never the
//     sizes it declares.
//  3. Time is linear in the header, except for n log n when tensors are listed
//     out of order; no choice of names makes it worse.
//  4. Whatever Read accepts is unambiguous: one meaning of each key, valid
//     UTF-8 without NUL, and tensors that fill the data section exactly.
//  5. Every refusal is an *Error with a stable code, a sentence and advice.
//  6. Write gives the same bytes for the same input, and refuses what Read would.
//
// To test: go test ./internal/safetensors; the four Fuzz targets replay their
// corpora in every run and search on with -fuzz=FuzzRead (or Differential,
// RoundTrip, Sniff).
package safetensors

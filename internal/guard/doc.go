// Package guard is the rails: every path, file, picture and text that comes from
// outside passes it, so that an auditor reads one folder.
//
// Not here: what a file means (safetensors, inspect, sidecar), where pictures are
// kept (images), who may ask (accounts).
//
// A scan reads folders through a Root, pictures go through a Decoder, other people's
// descriptions through SafeHTML, archives through a ZipPlan or OpenZip.
//
// Promises:
//
//  1. Nothing outside the configured folders is opened, listed or changed, even
//     while links are being swapped underneath.
//  2. Only regular files are opened, read-only, and opening never hangs on a pipe.
//  3. A move never overwrites: a taken target name is an error.
//  4. A picture costs at most the configured number of bytes, checked before the
//     first pixel is allocated; all pictures together share one budget.
//  5. No panic of a decoder leaves this package.
//  6. A Secret is never printed, logged or marshalled.
//  7. A refusal says the same whether or not the refused file exists.
//  8. A rewrapped picture holds its pixels, known parts and texts within their budgets,
//     and nothing else.
//  9. An engine is called at its own address only, a delivery target only as listed by
//     the administrator, and link-local and metadata addresses never.
//  10. A reply from outside costs no more than its bounds and ends when it falls silent.
//  11. An archive has the size that was said, whole or by ranges, and holds what was planned.
//  12. An archive from outside is judged before it is unpacked; no changed bit of ours passes.
//
// Test: go test ./internal/guard/
package guard

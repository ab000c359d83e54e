// Package prompt turns adapters, weights and wildcards into the text each engine
// understands, and back. Pure functions: no files, no clock, no catalog.
//
//	p, findings := prompt.Parse(prompt.A1111, text) // words and adapters in order
//	words, uses := p.Words(), p.Uses()              // what an engine and a catalog need
//	printed := prompt.Print(prompt.SwarmUI, p)      // text or structure, and what was lost
//	written := prompt.Compose(draft)                // a prompt from adapters, with findings
//	made, err := prompt.Expand(ctx, expansion)      // {a|b} and __name__, drawn or listed
//
// Not here: what an adapter is (lora), metadata in pictures (infotext), which file an
// engine means by a name (engine), the folder of wildcards (httpapi and guard).
//
// Promises (docs/prompts.md has the table of dialects):
//
//  1. Each dialect is read and written as its engine does, and what is written is read
//     back as the same adapters.
//  2. Whatever a dialect cannot say about an adapter is listed, as a sentence.
//  3. Compose writes what section 4 of the reference contract says, to the byte.
//  4. Expand does bounded work, refuses circles and unknown wildcards, and draws the
//     same prompts from the same seed.
//  5. Parse takes any text, in one pass, without failing.
//
// Test: go test ./internal/prompt/
// Bench: go test -bench . ./internal/prompt/
// Fuzz: go test -fuzz FuzzParse ./internal/prompt/ (or FuzzExpand)
package prompt

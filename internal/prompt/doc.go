// Package prompt turns adapters, weights and wildcards into the text each engine
// understands, and back. Pure functions: no files, no clock, no catalog.
//
// Parse reads a text into a Prompt, Print writes a Prompt in any dialect and lists what
// that dialect cannot say, Compose puts a prompt together from adapters as the contract
// says. docs/prompts.md has the table of dialects.
//
// Not here: what an adapter is (lora), metadata in pictures (infotext), which file an
// engine means by a name (engine), files with wildcards (guard).
package prompt

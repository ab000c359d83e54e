// Package inspect says what a LoRA file is, each claim with evidence.
package inspect

// Package lora holds the words of the house: the things every other room talks
// about. It has no I/O and imports nothing of this repository.
//
// Not here: reading files (safetensors), judging them (inspect), storing them
// (store) or serving them (httpapi).
//
// Promises:
//
//  1. One thing has one name here, and that name is also the JSON field, the
//     SQL column and the Vue prop (docs/glossary.md).
//  2. Every error that reaches a user is an *Error with one of ten codes.
package lora

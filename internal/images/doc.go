// Package images makes thumbnails and keeps them, by content, in a folder of the
// program.
//
// Not here: decoding (only guard decodes), finding previews (library), serving them
// (httpapi). Nothing in this folder is precious: deleting it costs time, nothing else.
//
// In story 1 httpapi asks for the thumbnail of a preview when its card is first seen.
//
// Thumbnails are JPEG: there is no lossy WebP encoder without cgo. Transparent parts
// are laid on a middle grey, on which dark and light drawings both show, in light and
// dark themes alike. Pictures are never enlarged.
//
// Promises:
//
//  1. The same content and width give the same bytes and ETag, made once however many
//     ask at the same time.
//  2. Work that nobody waits for any longer is dropped; Close waits for the rest.
//  3. The folder stays within its size; what was not looked at for longest goes first.
//  4. A picture that cannot be shown is a *lora.Error, and is not decoded again and again.
//  5. A damaged or missing cache never fails a request.
//
// Test: go test -race ./internal/images/; speed: go test -bench . ./internal/images/
package images

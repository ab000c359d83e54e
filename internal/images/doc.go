// Package images keeps the pictures that jobs make, once for each content, and makes
// thumbnails of them and of adapters' previews.
//
// Not here: decoding and containers (only guard reads and writes them), what the texts
// in a picture mean (infotext), which job a picture belongs to (store), serving (httpapi).
//
// In story 1 httpapi asks for the thumbnail of a preview when its card is first seen. In
// story 2 a worker hands over what its engine sent: Prepare checks it and writes texts
// into it, the record is committed, Put keeps it on a Shelf: a folder, or a bucket of S3.
// Thumbnails are JPEG, transparent parts on a middle grey; nothing is ever enlarged.
//
// Promises:
//
//  1. The same content and width give the same bytes and ETag, made once however many
//     ask at the same time.
//  2. Work that nobody waits for any longer is dropped; Close waits for the rest.
//  3. The folder of thumbnails stays within its size; what was not looked at for longest
//     goes first. It is not precious: deleting it costs time, nothing else.
//  4. A picture that cannot be shown is a *lora.Error, and is not decoded again and again.
//  5. A damaged or missing cache never fails a request.
//  6. A picture is kept whole or not at all, and once kept survives a loss of power.
//  7. Only what has been decoded is kept, in a container written anew: nothing hides in it.
//  8. A picture carries how it was made so that A1111's readers and this program find it;
//     what its engine wrote is kept.
//
// Test: go test -race ./internal/images/; speed: go test -bench . ./internal/images/
package images

// Package httpapi is the front door: every route, the OpenAPI description, the
// login, problem replies, the WebSocket and the web app's files.
//
// It decides nothing about adapters or jobs. A handler translates a request into one
// question to the store or one order to the library or the jobs, and the answer into JSON.
//
// Each topic has one file of routes with the request and reply types beside it.
// The description in openapi.json is written from those types by `make generate`;
// the browser's client is generated from it.
//
// Promises:
//
//  1. Every error is a problem document (RFC 9457) with a code, a request id and a
//     sentence for the user, and never an internal message.
//  2. A request whose Host is not ours, or that comes from a foreign page, changes nothing.
//  3. With a key or accounts nothing but health, login and the app's own files answers strangers.
//  4. Pictures and videos are served only as what their bytes are; nothing served can run as a page.
//  5. A slow or hostile WebSocket client never slows another one; it is cut and can resume.
//  6. openapi.json is what the server does: a test fails when they differ.
//  7. Each operation needs one permission, named in one list; no route escapes it.
//  8. What is revoked, expired or narrowed ends its live connections within a second.
//  9. Every change on a server with a key or accounts is in the audit log, without secrets.
//
// Test: go test ./internal/httpapi (starts a real server on a temporary SQLite and folder).
package httpapi

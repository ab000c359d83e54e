// Package fakehub plays Civitai, CivArchive and Hugging Face for tests, on one address, with
// the file host downloads are redirected to on another: their wire formats, the habits that
// trip clients up, and faults that a test switches on.
//
// Habits it always has, since the real ones do: files lie on another host, which answers 400
// to a request that carries an Authorization header; HEAD is refused with 401; clients that
// call themselves after a common library get 403; lists of models leave some out.
//
// The program in serve starts one for tests that need it in a process of its own.
package fakehub

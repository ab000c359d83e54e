// Package accounts tells who makes a request and proves it: passwords, authenticator apps,
// passkeys, a sign-in provider, sessions, API keys, and the log of who changed what.
//
// Not here: what each role may do (lora), which operation needs which right, cookies and
// headers (httpapi), rows (store, behind the ports), which addresses may be called (guard).
//
// All stories begin here on a server with accounts: each request becomes a lora.Actor.
//
// Promises:
//
//  1. An unknown name costs the same work and gets the same answer as a wrong password.
//  2. A cookie, a key, a code or a token cannot be made from what the database holds, and
//     none is in an error or a log.
//  3. A login, and a change of the password, has a new session id; old ones are never
//     taken up. Sessions end by idleness, by age, and at once when they are revoked.
//  4. A code of an authenticator app, a recovery code, a sign-in under way and a set-up
//     token each count once, also when they are sent twice at the same moment.
//  5. Guessing is slowed by address and by name, and nobody can lock the owner out from
//     elsewhere with it.
//  6. A passkey counts only for this server, with its user verified, and never once its
//     counter went back.
//  7. What a sign-in provider says counts only signed, fresh, for us, and in the browser
//     that began; it never becomes an account that was there before under the same name.
//  8. A role or a right that is taken away is gone at the next request, and live
//     connections hear of it. An enabled administrator is always left.
//  9. The log keeps what was done for as long as configured, then it is swept by one server.
//
// Test: go test ./internal/accounts/
package accounts

// Package store is the SQL: one set of queries for SQLite and PostgreSQL, the migrations
// of both, and the index in memory that answers questions over all adapters (catalog).
//
// Not here: what a query means (catalog), scanning (library), files on disk (library).
//
// In story 1 scans are saved here, and the web app lists, searches and edits it. In story
// 2 jobs are accepted, claimed, ended and remembered; in story 3 counted as they end.
//
// Promises:
//
//  1. One method is one transaction; no transaction handle leaves the package.
//  2. What a user set is never overwritten by a scan, weight 0 and inactive included.
//  3. (name, version) is unique, no version counting as one, whoever writes at once.
//  4. What was written is in the next answer, on every replica.
//  5. A database newer than the program is refused with a sentence and not touched.
//  6. Full and read-only disks are told apart by the driver's codes.
//  7. Both databases give the same answers: storetest runs on both.
//  8. An accepted job, and how one ended, survive a crash and a power cut.
//  9. A job is run by one worker at a time and ends once; who lost it changes nothing.
//  10. No picture's file is without its record (ReservePicture, ForgetPicture).
//  11. Figures of jobs are what counting every job gives, whatever is done to jobs.
//  12. A dump is of one moment and has the same bytes from both databases; a load of one
//     is done as a whole or not at all.
//  13. An import is made as a whole or not at all, and outlasts a power cut.
//  14. An enabled administrator is left, and a code counts once, however many ask at once.
//  15. A session or key acts as its account is now, until the moment that it ends.
//  16. A lease has one holder at a time; clocks of other computers do not matter.
//
// Test: go test ./internal/store/... (starts PostgreSQL, which must be installed)
package store

// Package crash kills the real program, with kill -9 at random moments and at the
// failpoints of docs/jobs.md, while jobs are accepted and run, and looks at what is left:
// no accepted job is lost, none has finished twice, no picture is without its record and
// no record without its picture. It also kills workers beside servers that take the jobs.
//
// It kills imports and restores as well, at random moments and at the failpoints of
// archive.Options: afterwards all of what was imported or restored is there, or nothing.
//
// make crash kills 200 times over SQLite and PostgreSQL, with and without Redis; CI kills
// 20 times. CRASH_KILLS and CRASH_SEED change that; every run prints its seed. A seed repeats the
// kills and the failpoints, not what the machine makes of them.
package crash

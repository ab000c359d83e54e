// Package jobs is story 2: the life of a job, from accepted to done.
package jobs

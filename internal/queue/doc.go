// Package queue wakes workers up: in process, through PostgreSQL, or through Redis. It
// carries ids, never truth.
package queue

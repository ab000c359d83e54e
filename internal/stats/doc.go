// Package stats counts and compares what happened, for analytics and the first page.
package stats

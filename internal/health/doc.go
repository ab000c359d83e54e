// Package health looks at the parts of the system in the background.
package health

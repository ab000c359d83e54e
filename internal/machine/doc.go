// Package machine measures this computer.
package machine

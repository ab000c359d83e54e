// Package chart renders the Helm chart with Helm's own library and reads what comes out
// with the types of Kubernetes, strictly.
//
// Test: go -C tests/deploy/chart test ./...
package chart

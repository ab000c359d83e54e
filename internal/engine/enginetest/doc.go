// Package enginetest has fakes that speak the wire formats of real engines, with their
// documented faults, habits that make any of them sick, and the suite that every driver
// passes. The fakes are http.Handlers: tests put them behind httptest servers, and
// tests/fakeengine serves them as programs.
package enginetest

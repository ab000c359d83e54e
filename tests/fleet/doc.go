// Package fleet runs an installation of several computers on one: three servers and two
// workers, which share a real PostgreSQL, Redis and S3-compatible store, and a folder of
// adapters. It kills them at random under load, restarts them one after the other behind a
// load balancer, and looks at what is left: nothing that was acknowledged is lost, every
// client is up to date, one server scanned at a time, and no request failed that need not.
//
// make fleet kills 60 times; CI kills 4 times. FLEET_KILLS and FLEET_SEED change that; every
// run prints its seed. The S3-compatible store is versitygw, a program of the module in
// tools, which is built by the first run.
package fleet

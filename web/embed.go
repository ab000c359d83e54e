// Package web puts the built web app into the binary.
//
// It is not the web app's server: which headers a file gets, and which paths fall
// back to the app's entry page, is decided in httpapi. A build of the app
// (`npm run build`) leaves its files in dist/; without one the package still
// compiles and Built says false.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var files embed.FS

// Dist returns the files of the built web app, rooted at its index.html. Text
// files of 1 KiB and more have compressed copies beside them, named with an
// additional .br and .gz.
func Dist() fs.FS {
	dist, err := fs.Sub(files, "dist")
	if err != nil {
		panic("web: the embedded folder has a fixed, valid name: " + err.Error())
	}
	return dist
}

// Built reports whether the web app was built before this binary was.
func Built() bool {
	_, err := fs.Stat(files, "dist/index.html")
	return err == nil
}

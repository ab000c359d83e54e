package main

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// checkFolders looks at the folders the program writes to.
func (d *doctor) checkFolders() {
	c := d.config
	d.checkOwn("data folder", c.Data, "--data")
	if c.S3Endpoint == "" {
		d.checkOwn("pictures", c.Pictures, "--pictures")
	}
	d.checkOwn("backups", c.Backups, "--backups")
	d.checkOwn("wildcards", c.Wildcards, "--wildcards")
	if c.DeliveryFiles != "" {
		d.checkOwn("deliveries", c.DeliveryFiles, "--delivery-folder")
	}
}

// checkOwn looks at one folder of the program's own; one that is not there is made at the
// first start.
func (d *doctor) checkOwn(check, dir, flag string) {
	info, err := os.Stat(dir)
	if os.IsNotExist(err) {
		parent := existing(dir)
		if err := tryToWrite(parent); err != nil {
			d.add(check, markFail, fmt.Sprintf("%s is not there and cannot be made: %s", dir, sentence(err)), fmt.Sprintf("Make it, give it to the user the server runs as, or name another one with %s.", flag))
			return
		}
		d.add(check, markOK, dir+" is not there yet and will be made.", "")
		return
	}
	if err == nil && !info.IsDir() {
		err = lora.Errorf(lora.Invalid, "It is no folder.")
	}
	if err == nil {
		err = tryToWrite(dir)
	}
	if err != nil {
		d.add(check, markFail, fmt.Sprintf("%s cannot be used: %s", dir, sentence(err)), fmt.Sprintf("Check its permissions and its disk, or name another folder with %s.", flag))
		return
	}
	kind, network := guard.NetworkFilesystem(dir)
	switch {
	case network:
		d.add(check, markWarn, fmt.Sprintf("%s lies on a network drive (%s).", dir, kind), "A local disk is faster and is not lost with the network; a database file must not lie there at all.")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 && dir == d.config.Data:
		d.add(check, markWarn, fmt.Sprintf("Others on this computer may look into %s (%s).", dir, info.Mode().Perm()), "Passwords of engines are kept there. Close it: chmod 700 "+dir)
	default:
		d.add(check, markOK, fmt.Sprintf("%s can be written (%s).", dir, kind), "")
	}
}

// existing is the nearest folder above that is there.
func existing(dir string) string {
	for {
		parent := filepath.Dir(dir)
		if parent == dir {
			return dir
		}
		if _, err := os.Stat(parent); err == nil {
			return parent
		}
		dir = parent
	}
}

// tryToWrite writes an empty file and takes it away again: permissions alone do not tell
// of disks that are full or mounted for reading.
func tryToWrite(dir string) error {
	root, err := guard.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // nothing is left in it
	name := "loramanager-doctor-" + rand.Text()
	if err := root.Replace(name, nil); err != nil {
		return err
	}
	return root.Remove(name)
}

// checkLibrary looks at the library folders of the configuration and of the database. They
// are only read.
func (d *doctor) checkLibrary() {
	var folders []string
	for _, dir := range d.config.Root {
		if abs, err := filepath.Abs(dir); err == nil {
			folders = append(folders, abs)
		}
	}
	if d.peeked != nil {
		for _, root := range d.peeked.Roots {
			if !slices.Contains(folders, filepath.Clean(root.Path)) {
				folders = append(folders, root.Path)
			}
		}
	}
	if len(folders) == 0 {
		d.add("library", markOff, "No library folder is set up.", "Add one in the browser, or with --root.")
	}
	for _, dir := range folders {
		d.checkRoot(dir)
	}
}

func (d *doctor) checkRoot(dir string) {
	root, err := guard.OpenRoot(dir)
	if err == nil {
		err = root.List(".", func([]fs.DirEntry) bool { return false })
		_ = root.Close() // it was only read
	}
	if err != nil {
		d.add("library folder", markWarn, fmt.Sprintf("%s cannot be read: %s", dir, sentence(err)), "Connect its disk or network drive, or let the user the server runs as read it. Its adapters are kept and marked missing meanwhile.")
		return
	}
	kind, network := guard.NetworkFilesystem(dir)
	switch {
	case network && d.config.Watch:
		d.add("library folder", markOK, fmt.Sprintf("%s can be read; it lies on a network drive (%s) that tells of no changes, so it is scanned every %s.", dir, kind, d.config.pollInterval()), "")
	default:
		d.add("library folder", markOK, fmt.Sprintf("%s can be read (%s).", dir, kind), "")
	}
}

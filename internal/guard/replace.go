package guard

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
)

// Replace writes data to the file rel as a whole: readers see the old content or the
// new, never a part. It is for folders that belong to this program, such as the cache
// of thumbnails; in library folders nothing is ever replaced. The data is not flushed
// to the disk, so after a power failure the file may be empty.
func (r *Root) Replace(rel string, data []byte) error {
	if err := CheckRel(rel); err != nil {
		return err
	}
	name := filepath.FromSlash(rel)
	temp := name + "." + rand.Text() + ".tmp"
	file, err := r.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return fail(rel, err)
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = r.root.Rename(temp, name)
	}
	if err != nil {
		return fail(rel, errors.Join(err, r.root.Remove(temp)))
	}
	return nil
}

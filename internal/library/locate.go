package library

import (
	"context"
	"path"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// Locate finds the library folder a path of this machine lies in, and the stamp of
// the adapter file there. Everything outside the library folders is Forbidden, with
// one message whether it exists or not; inside, what is no readable adapter file is
// Invalid with the field "file_path".
func (l *Library) Locate(ctx context.Context, abs string) (lora.Place, error) {
	roots, err := l.o.Registry.Roots(ctx)
	if err != nil {
		return lora.Place{}, err
	}
	var disks []*guard.Root
	folders := map[*guard.Root]*folder{}
	for _, root := range roots {
		if l.states.hanging(root.ID) {
			continue
		}
		f, err := l.openFolder(ctx, root)
		if err != nil {
			continue // what lies there cannot be told from what lies outside
		}
		defer f.close()
		disks, folders[f.disk] = append(disks, f.disk), f
	}
	disk, rel, err := guard.Confine(disks, abs)
	if err != nil {
		return lora.Place{}, err
	}
	f := folders[disk]
	return onDisk(ctx, f, func(func()) (lora.Place, error) {
		file, err := f.disk.Open(rel)
		if err != nil {
			return lora.Place{}, &lora.Error{Code: lora.Invalid, Field: "file_path", Message: "file_path does not exist or is not readable", Err: err}
		}
		defer func() { _ = file.Close() }()
		if _, role, _ := sidecar.Split(path.Base(rel)); role != sidecar.Adapter {
			return lora.Place{}, lora.FieldErrorf(lora.Invalid, "file_path", "file_path is not an adapter file")
		}
		return lora.Place{RootID: f.root.ID, RelPath: rel, Stamp: stampOf(file.Info()), State: lora.FileOK}, nil
	})
}

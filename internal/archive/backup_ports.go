package archive

// BackupPorts are what backups and restores need from other rooms.
type BackupPorts struct{}

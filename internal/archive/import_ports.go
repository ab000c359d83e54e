package archive

// ImportPorts are what imports need from other rooms.
type ImportPorts struct{}

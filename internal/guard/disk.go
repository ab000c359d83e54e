package guard

const unknownFilesystem = "unknown"

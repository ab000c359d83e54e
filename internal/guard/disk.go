package guard

// unknownFilesystem is the kind of a file system that has no name here.
const unknownFilesystem = "unknown"

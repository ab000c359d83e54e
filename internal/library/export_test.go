package library

// SetBefore installs a function that is called ahead of each access to a disk.
func (l *Library) SetBefore(before func(op, rel string)) { l.before = before }

// GlobMatch is globMatch for its test.
var GlobMatch = globMatch

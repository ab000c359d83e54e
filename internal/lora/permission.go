package lora

import "slices"

// Role is what an account is for. Each role may do what the one before it may, and more.
type Role string

// The roles, weakest first.
const (
	Viewer        Role = "viewer"
	Editor        Role = "editor"
	Operator      Role = "operator"
	Administrator Role = "administrator"
)

// Roles are all roles, weakest first.
var Roles = []Role{Viewer, Editor, Operator, Administrator}

// Permission is the right to one kind of action.
type Permission string

// The permissions. Every operation of the API needs exactly one of them.
const (
	ReadLibrary   Permission = "library.read"   // see adapters, compositions, images, figures
	MarkOwn       Permission = "marks.own"      // one's own favourites, ratings, settings, sessions and keys
	EditLibrary   Permission = "library.edit"   // metadata, activation, compositions, presets, saved searches, feedback
	RunJobs       Permission = "jobs.run"       // generate; cancel, retry and reorder one's own jobs
	EditResults   Permission = "results.edit"   // tag and delete results
	ExportLibrary Permission = "library.export" // exports and downloads of many images
	ManageFiles   Permission = "files.manage"   // scan, add, move, rename and trash files; import; hubs
	ManageJobs    Permission = "jobs.manage"    // pause the queue; anybody's jobs
	MakeBackups   Permission = "backups.make"   // make, verify and download backups
	ReadSystem    Permission = "system.read"    // status of every part, metrics, the log of jobs
	ManageSystem  Permission = "system.manage"  // library folders, engines, schedules, restore
	ManageUsers   Permission = "users.manage"   // accounts, roles, everybody's keys and sessions
	ReadAudit     Permission = "audit.read"     // who did what
)

// added are the permissions that each role has beyond those of the one before it.
var added = map[Role][]Permission{
	Viewer:        {ReadLibrary, MarkOwn},
	Editor:        {EditLibrary, RunJobs, EditResults, ExportLibrary},
	Operator:      {ManageFiles, ManageJobs, MakeBackups, ReadSystem},
	Administrator: {ManageSystem, ManageUsers, ReadAudit},
}

// Permissions are what a role may do; nothing for a word that is no role.
func (r Role) Permissions() (all []Permission) {
	if !slices.Contains(Roles, r) {
		return nil
	}
	for _, role := range Roles {
		all = append(all, added[role]...)
		if role == r {
			break
		}
	}
	return all
}

// Scope is a part of the rights of an account that an API key is given.
type Scope string

// The scopes. None gives more than the account of the key has.
const (
	ScopeRead  Scope = "read"
	ScopeRun   Scope = "run"   // read, and make images
	ScopeEdit  Scope = "edit"  // read, and change the catalog and results
	ScopeFiles Scope = "files" // read, and change files, import and export
	ScopeAdmin Scope = "admin" // all that the account may do
)

// Scopes are all scopes.
var Scopes = []Scope{ScopeRead, ScopeRun, ScopeEdit, ScopeFiles, ScopeAdmin}

// Permissions are what a scope covers; nothing for a word that is no scope.
func (s Scope) Permissions() []Permission {
	switch s {
	case ScopeRead:
		return []Permission{ReadLibrary, ReadSystem}
	case ScopeRun:
		return []Permission{ReadLibrary, RunJobs}
	case ScopeEdit:
		return []Permission{ReadLibrary, MarkOwn, EditLibrary, EditResults}
	case ScopeFiles:
		return []Permission{ReadLibrary, ManageFiles, ExportLibrary, MakeBackups}
	case ScopeAdmin:
		return Administrator.Permissions()
	}
	return nil
}

package accounts

import "context"

// Cheap makes hashing so fast that tests of everything else do not wait for it.
func (o *Options) Cheap() { o.cost = cost{memory: 16, passes: 1, threads: 1} }

// Dearer is a little more than Cheap.
func (o *Options) Dearer() { o.cost = cost{memory: 32, passes: 1, threads: 1} }

// Hashes counts the passwords hashed so far.
func (a *Accounts) Hashes() int64 { return a.hashes.made.Load() }

// CheckHash says whether a password has a hash.
func CheckHash(ctx context.Context, password, phc string) (right bool, err error) {
	right, _, err = newHasher(cost{memory: 16, passes: 1, threads: 1}).check(ctx, password, phc)
	return right, err
}

// MakeHash hashes at the usual cost.
func MakeHash(ctx context.Context, password string) (string, error) {
	return newHasher(usualCost).hash(ctx, password)
}

// HashWaits is how many hashes may wait for their turn.
const HashWaits = maxWaiting

// CheckPassword is the rule for new passwords.
func CheckPassword(password, name string) error { return checkPassword("password", password, name) }

// CommonPasswords are those that are refused.
func CommonPasswords() []string { return common() }

// CleanName is the rule for names.
func CleanName(name string) (string, error) { return cleanName(name) }

// LocalPage is where a sign-in may lead to.
func LocalPage(next string) string { return localPage(next) }

// Neighbourhood is the address that tries are counted under.
func Neighbourhood(address string) string { return neighbourhood(address) }

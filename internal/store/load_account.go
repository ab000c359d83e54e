package store

import (
	"context"
	"fmt"

	"loramanager/internal/lora"
)

// accountTables hold what belongs to accounts, what others refer to first.
var accountTables = []string{"account", "passkey", "identity", "session", "api_key", "account_setting"}

// keepAccounts notes the accounts that are here with all that is theirs, and the audit log.
func (l *loader) keepAccounts(ctx context.Context) error {
	statements := []string{}
	scratch := func(name, query string) {
		statements = append(statements, fmt.Sprintf(l.pool.dialect.load.scratch, name)+query)
	}
	for _, table := range append([]string{"audit"}, accountTables...) {
		scratch("here_"+table, "SELECT * FROM "+table)
	}
	scratch("here_adapter_mark", "SELECT m.account_key, a.id, m.favorite, m.rating FROM adapter_mark m JOIN adapter a ON a.key = m.adapter_key")
	scratch("here_result_mark", "SELECT m.*, j.id FROM result_mark m JOIN job j ON j.key = m.job_key")
	return l.doAll(ctx, append(statements, "DELETE FROM login_flow")...)
}

// giveAccounts lets people go on to log in: where accounts were loaded, those are the ones
// that there are, everybody logs in anew, and a second factor that somebody has here stays.
// Where none were, the ones that are here stay with all that is theirs.
func (l *loader) giveAccounts(ctx context.Context) error {
	administrators, err := l.number(ctx, "SELECT COUNT(*) FROM account WHERE role = 'administrator' AND NOT disabled")
	if err != nil {
		return err
	}
	accounts, err := l.number(ctx, "SELECT COUNT(*) FROM account")
	switch {
	case err != nil:
		return err
	case accounts == 0:
		err = l.returnAccounts(ctx)
	case administrators == 0:
		err = lora.Errorf(lora.Invalid, "The backup is damaged: none of its accounts is an administrator who can log in.")
	default:
		err = l.doAll(ctx,
			"DELETE FROM setup_token",
			`UPDATE account SET totp_secret = h.totp_secret, totp_on = h.totp_on, totp_step = h.totp_step, recovery_codes = h.recovery_codes
				FROM here_account h WHERE h.id = account.id`,
			"UPDATE here_adapter_mark SET favorite = NULL, rating = NULL",
		)
	}
	if err != nil {
		return err
	}
	// Processes that hold marks which are gone learn of it by empty ones.
	err = l.doAll(ctx, `INSERT INTO adapter_mark (account_key, adapter_key, favorite, rating, change)
		SELECT h.account_key, a.key, h.favorite, h.rating, n.n FROM here_adapter_mark h JOIN adapter a ON a.id = h.id JOIN account c ON c.key = h.account_key
		CROSS JOIN catalog_change n WHERE TRUE ON CONFLICT (account_key, adapter_key) DO NOTHING`,
		"DROP TABLE here_adapter_mark", "DROP TABLE here_result_mark")
	for _, table := range accountTables {
		if err == nil {
			err = l.do(ctx, "DROP TABLE here_"+table)
		}
	}
	return err
}

func (l *loader) returnAccounts(ctx context.Context) error {
	for _, table := range accountTables {
		if err := l.do(ctx, "INSERT INTO "+table+" SELECT * FROM here_"+table); err != nil {
			return err
		}
	}
	return l.do(ctx, `INSERT INTO result_mark (account_key, job_key, favorite, favorited_at, rating, rated_at)
		SELECT h.account_key, j.key, h.favorite, h.favorited_at, h.rating, h.rated_at FROM here_result_mark h JOIN job j ON j.id = h.id`)
}

// giveAudit adds what the audit log says here to what was loaded: a load takes back what
// was done, not that it was.
func (l *loader) giveAudit(ctx context.Context) error {
	return l.doAll(ctx, `INSERT INTO audit (at, account_id, actor, via, address, request_id, action, target, status, detail)
		SELECT at, account_id, actor, via, address, request_id, action, target, status, detail FROM here_audit h WHERE NOT EXISTS (
			SELECT 1 FROM audit a WHERE a.at = h.at AND a.request_id = h.request_id AND a.action = h.action AND a.target = h.target AND a.actor = h.actor)
		ORDER BY key`,
		"DROP TABLE here_audit")
}

// doAll runs statements one after the other.
func (l *loader) doAll(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if err := l.do(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

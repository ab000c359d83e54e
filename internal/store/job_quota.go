package store

import (
	"context"

	"loramanager/internal/lora"
)

// countOpen counts the jobs of an account that have not ended.
const countOpen = "SELECT COUNT(*) FROM job WHERE account = ? AND " + openJobs

// checkQuota refuses, once a job has been added to those of an account that have not
// ended, what is more than it may have. The account is held until the transaction ends,
// so that others count the job.
func (q querier) checkQuota(ctx context.Context, account int64) error {
	if account == 0 {
		return nil
	}
	quota, err := q.number(ctx, "SELECT job_quota FROM account WHERE key = ? AND job_quota > 0"+q.pool.dialect.locked, account)
	if err != nil || quota == 0 {
		return err
	}
	open, err := q.number(ctx, countOpen, account)
	if err == nil && open > quota {
		err = lora.Errorf(lora.RateLimited, "This account may have %d jobs waiting or running at once, and has them. Wait until one has ended, or cancel one.", quota)
	}
	return err
}

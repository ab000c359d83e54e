import type { Account, NewUser, UserPatch } from '@/api/generated'
import type { Role } from '@/shared/useSession'

export interface UserForm {
  name: string
  display_name: string
  role: Role
  /** As typed. */
  job_quota: string
}

const mostJobs = 1_000_000

export function userForm(user?: Account): UserForm {
  return {
    name: user?.name ?? '',
    display_name: user?.display_name ?? '',
    role: user?.role ?? 'viewer',
    job_quota: String(user?.job_quota ?? 0),
  }
}

/** The typed quota as a number; undefined when it is none the server takes. */
export function quotaOf(form: UserForm): number | undefined {
  const typed = form.job_quota.trim()
  if (typed === '') return 0
  const quota = Number(typed)
  return Number.isInteger(quota) && quota >= 0 && quota <= mostJobs ? quota : undefined
}

export function toUser(form: UserForm): NewUser {
  return {
    name: form.name.trim(),
    display_name: form.display_name.trim(),
    role: form.role,
    job_quota: quotaOf(form),
  }
}

/** Only what differs: two administrators may work on one account at once. */
export function toPatch(form: UserForm, user: Account): UserPatch {
  const { display_name: shown, role, job_quota: quota } = toUser(form)
  return {
    ...(shown !== user.display_name && { display_name: shown }),
    ...(role !== user.role && { role }),
    ...(quota !== user.job_quota && { job_quota: quota }),
  }
}

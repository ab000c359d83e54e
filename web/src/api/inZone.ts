import { readerZone } from '@/shared/timeZone'
import { ApiError } from './problem'

/** Zones the server was found not to know, so that it is asked in vain only once. */
const unknown = new Set<string>()

/** Asks about days of the reader's time zone, or about those of UTC where the server does not know that zone. */
export async function inZone<Answer>(ask: (tz: string) => Promise<Answer>): Promise<Answer> {
  const zone = readerZone()
  if (unknown.has(zone)) return ask('UTC')
  try {
    return await ask(zone)
  } catch (error) {
    if (zone === 'UTC' || !isAboutZone(error)) throw error
    unknown.add(zone)
    return ask('UTC')
  }
}

function isAboutZone(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status === 422 &&
    error.errors.some(({ location }) => location === 'query.tz')
  )
}

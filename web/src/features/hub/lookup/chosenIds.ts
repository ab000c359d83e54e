import { listAdapters } from '@/api/generated'
import type { Selection } from '@/shared/grid/selection'

const perPage = 200

/** The ids of a selection. Where it is everything that matches, the server names them page by page. */
export async function chosenIds(selection: Selection, q: string): Promise<string[]> {
  if (selection.kind === 'some') return [...selection.ids]
  const ids: string[] = []
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<typeof listAdapters>> = await listAdapters({
      query: { q, per_page: perPage, ...(after === null ? {} : { after }) },
    })
    ids.push(...page.items.map(({ id }) => id).filter((id) => !selection.except.has(id)))
    after = page.next_cursor
  } while (after !== null)
  return ids
}

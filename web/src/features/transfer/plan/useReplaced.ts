import { useRoute } from 'vue-router'
import { cancelTransfer } from '@/api/generated'
import { useTransfers } from '../runs/useTransfers'

/** Gives up the plan that the address says is made anew: its files belong to both until then. */
export function useReplaced(): () => Promise<void> {
  const route = useRoute()
  const { take } = useTransfers()
  return async () => {
    const { instead } = route.query
    if (typeof instead !== 'string') return
    try {
      take((await cancelTransfer({ path: { id: instead } })).transfer)
    } catch {
      // It is over already, or ends by itself.
    }
  }
}

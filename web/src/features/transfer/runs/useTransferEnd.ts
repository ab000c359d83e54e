import { onScopeDispose } from 'vue'
import type { Transfer } from '@/api/generated'
import { useTransfers } from './useTransfers'

/** Does something whenever a transfer ends, for as long as the calling component or scope lives. */
export function useTransferEnd(follow: (transfer: Transfer) => void): void {
  onScopeDispose(useTransfers().onEnd(follow))
}

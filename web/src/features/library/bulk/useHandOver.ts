import { FileJson, PackageCheck } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { showToast } from '@/shared/toasts'
import type { Selection } from '@/shared/grid/selection'
import type { MenuItem } from '@/ui/menu'
import { useLibrary } from '../useLibrary'

/** An address holds only so many ids; more of them go beside it. */
const mostInAddress = 50

/** Hands adapters over to the page that carries them in and out. */
export function useHandOver() {
  const { t } = useI18n()
  const router = useRouter()
  const { results } = useLibrary()

  async function go(path: string, what: Selection): Promise<void> {
    if (what.kind === 'all') {
      if (what.except.size > 0) {
        showToast({ tone: 'danger', title: t('library.handOver.exceptions') })
        return
      }
      const q = results.query.value?.q
      await router.push({ path, query: q ? { q } : {} })
    } else if (what.ids.size <= mostInAddress) {
      await router.push({ path, query: { ids: [...what.ids].join(',') } })
    } else {
      await router.push({ path, state: { adapterIds: [...what.ids] } })
    }
  }

  /** The lines of a menu for what `what` says at the time of the click. */
  return (what: () => Selection): MenuItem[] => [
    {
      label: t('library.handOver.archive'),
      icon: PackageCheck,
      run: () => void go('/transfer/export', what()),
    },
    {
      label: t('library.handOver.sidecars'),
      icon: FileJson,
      run: () => void go('/transfer/move-in', what()),
    },
  ]
}

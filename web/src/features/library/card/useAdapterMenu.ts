import {
  Clipboard,
  ExternalLink,
  Files,
  Heart,
  Layers,
  Pencil,
  Power,
  RotateCcw,
  ScanSearch,
  Trash2,
  WandSparkles,
} from '@lucide/vue'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { type RouteLocationRaw, useRouter } from 'vue-router'
import type { Adapter } from '@/api/generated'
import type { MenuItem } from '@/ui/menu'
import { promptToken } from '../catalog/present'
import { useActions } from '../catalog/useActions'
import { useCopy } from '@/shared/useCopy'
import { useLacking } from '@/shared/useLacking'

/** True for an address that is safe to open: the text comes from files anybody may have made. */
export function isSafeLink(address: string | null): address is string {
  return address !== null && URL.canParse(address) && new URL(address).protocol === 'https:'
}

/** Opens a page in a tab that knows nothing of this one. */
export function openPage(address: string): void {
  window.open(address, '_blank', 'noopener,noreferrer')
}

/** Where adapters that are like one are recommended. */
export function similarTo({ id }: Pick<Adapter, 'id'>): RouteLocationRaw {
  return { name: 'recommendations', query: { way: 'adapter', adapter: id } }
}

/** What can be done with an adapter from a list. */
export function useAdapterMenu(adapter: () => Adapter) {
  const { t } = useI18n()
  const router = useRouter()
  const copy = useCopy()
  const lacking = useLacking()
  const { setActive, setFavorite, trash, restore, rescan } = useActions()

  function present(of: Adapter): MenuItem[] {
    const items: MenuItem[] = [
      {
        label: of.active ? t('library.menu.deactivate') : t('library.menu.activate'),
        icon: Power,
        reason: lacking('library.edit'),
        run: () => void setActive(of, !of.active),
      },
      {
        label: of.favorite ? t('library.card.unfavorite') : t('library.card.favorite'),
        icon: Heart,
        run: () => void setFavorite(of, !of.favorite),
      },
      {
        label: t('library.menu.compose'),
        icon: Layers,
        run: () => void router.push({ path: '/compose', query: { add: of.id } }),
      },
      { label: t('library.menu.similar'), icon: WandSparkles, run: () => void router.push(similarTo(of)) },
      { label: t('library.menu.copyToken'), icon: Clipboard, run: () => void copy(promptToken(of)) },
      {
        label: t('library.menu.edit'),
        icon: Pencil,
        reason: lacking('library.edit'),
        run: () => void router.push({ name: 'adapter', params: { id: of.id }, query: { edit: '1' } }),
      },
      {
        label: t('library.menu.rescan'),
        icon: ScanSearch,
        reason: lacking('files.manage'),
        run: () => void rescan(of),
      },
    ]
    const { source_url: source } = of
    if (isSafeLink(source)) {
      items.push({
        label: t('library.menu.source'),
        icon: ExternalLink,
        run: () => {
          openPage(source)
        },
      })
    }
    if (of.duplicate_count > 0) {
      const run = () => void router.push({ name: 'adapter', params: { id: of.id }, hash: '#copies' })
      items.push({ label: t('library.menu.duplicates'), icon: Files, run })
    }
    items.push({
      label: t('library.menu.trash'),
      icon: Trash2,
      tone: 'danger',
      reason: lacking('files.manage'),
      isFirstOfGroup: true,
      run: () => void trash(of),
    })
    return items
  }

  return computed<MenuItem[]>(() => {
    const of = adapter()
    if (of.file_state !== 'trashed') return present(of)
    return [
      {
        label: t('library.menu.restore'),
        icon: RotateCcw,
        reason: lacking('files.manage'),
        run: () => void restore(of),
      },
    ]
  })
}

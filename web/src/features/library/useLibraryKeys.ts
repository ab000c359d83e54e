import type { Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useCommands } from '@/shared/useCommands'
import { useSession } from '@/shared/useSession'
import { useShortcuts } from '@/shared/useShortcuts'
import type { useBulk } from './bulk/useBulk'
import { useActions } from './catalog/useActions'
import type { useSelection } from './selection/useSelection'
import { useLibrary } from './useLibrary'

interface Grid {
  step: (key: string) => boolean
  hasFocus: boolean
}

interface LibraryKeys {
  grid: Readonly<Ref<Grid | null>>
  selecting: ReturnType<typeof useSelection>
  bulk: ReturnType<typeof useBulk>
  focusSearch: () => void
  open: (index: number, edit?: boolean) => void
}

/** The keys of the library. They act on what is selected, or else on the card the keyboard is on. */
export function useLibraryKeys({ grid, selecting, bulk, focusSearch, open }: LibraryKeys): void {
  const { t } = useI18n()
  const { results, current } = useLibrary()
  const { setActive, trash } = useActions()
  const { may } = useSession()
  const group = () => t('library.keys.group')
  const onCard = () => grid.value?.hasFocus ?? false
  const onAny = () => onCard() || selecting.count.value > 0
  const step = (key: string) => () => void grid.value?.step(key)

  function activate(): void {
    const adapter = results.adapterAt(current.value)
    if (selecting.count.value > 0) void bulk.run('activate', {}, () => ({ active: true }))
    else if (adapter) void setActive(adapter, !adapter.active)
  }

  function remove(): void {
    const adapter = results.adapterAt(current.value)
    if (selecting.count.value > 0) void bulk.run('delete', {}, () => ({ file_state: 'trashed' }))
    else if (adapter && adapter.file_state !== 'trashed') void trash(adapter)
  }

  useCommands([
    { id: 'library:search', label: () => t('shortcuts.search'), group, keys: '/', run: focusSearch },
    { id: 'library:all', label: () => t('library.keys.all'), group, run: selecting.all },
    {
      id: 'library:clear',
      label: () => t('library.keys.clear'),
      group,
      keys: 'escape',
      run: selecting.clear,
      when: () => selecting.count.value > 0,
    },
  ])
  useShortcuts([
    { keys: 'j', label: () => t('library.keys.down'), group, run: step('j') },
    { keys: 'k', label: () => t('library.keys.up'), group, run: step('k') },
    { keys: 'h', label: () => t('library.keys.left'), group, run: step('h') },
    { keys: 'l', label: () => t('library.keys.right'), group, run: step('l') },
    {
      keys: 'x',
      label: () => t('library.keys.select'),
      group,
      run: () => {
        selecting.click(current.value, null)
      },
      when: onCard,
    },
    {
      keys: 'a',
      label: () => t('library.keys.activate'),
      group,
      run: activate,
      when: () => onAny() && may('library.edit'),
    },
    {
      keys: 'e',
      label: () => t('library.keys.edit'),
      group,
      run: () => {
        open(current.value, true)
      },
      when: () => onCard() && may('library.edit'),
    },
    {
      keys: 'enter',
      label: () => t('library.keys.open'),
      group,
      run: () => {
        open(current.value)
      },
      when: onCard,
    },
    {
      keys: 'delete',
      label: () => t('library.keys.trash'),
      group,
      run: remove,
      when: () => onAny() && may('files.manage'),
    },
  ])
}

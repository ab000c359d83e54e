import type { Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useCommands } from '@/shared/useCommands'
import { useSession } from '@/shared/useSession'
import { useShortcuts } from '@/shared/useShortcuts'
import type { useBulk } from './bulk/useBulk'
import { useResultActions } from './records/useResultActions'
import { useHistory } from './useHistory'
import type { useSelection } from './useSelection'

interface Grid {
  step: (key: string) => boolean
  hasFocus: boolean
}

interface HistoryKeys {
  grid: Readonly<Ref<Grid | null>>
  selecting: ReturnType<typeof useSelection>
  bulk: ReturnType<typeof useBulk>
  focusSearch: () => void
  open: (index: number) => void
}

/** The keys of the history. They act on what is selected, or else on the card the keyboard is on. */
export function useHistoryKeys({ grid, selecting, bulk, focusSearch, open }: HistoryKeys): void {
  const { t } = useI18n()
  const { may } = useSession()
  const { results, current } = useHistory()
  const { rate, setFavorite, trash } = useResultActions()
  const group = () => t('history.keys.group')
  const onCard = () => grid.value?.hasFocus ?? false
  const onAny = () => onCard() || selecting.count.value > 0
  const step = (key: string) => () => void grid.value?.step(key)

  function favorite(): void {
    const result = results.resultAt(current.value)
    if (selecting.count.value > 0) void (may('results.edit') && bulk.favorite(true))
    else if (result) void setFavorite(result, !result.is_favorite)
  }

  function rateAs(stars: number): void {
    const result = results.resultAt(current.value)
    const rating = stars === 0 ? null : stars
    if (selecting.count.value > 0) void (may('results.edit') && bulk.rate(rating))
    else if (result) void rate(result, rating)
  }

  function remove(): void {
    const result = results.resultAt(current.value)
    if (selecting.count.value > 0) void bulk.trash()
    else if (result && !result.trashed_at) void trash(result)
  }

  useCommands([
    { id: 'history:search', label: () => t('history.search.label'), group, keys: '/', run: focusSearch },
    { id: 'history:all', label: () => t('history.keys.all'), group, run: selecting.all },
    {
      id: 'history:clear',
      label: () => t('history.keys.clear'),
      group,
      keys: 'escape',
      run: selecting.clear,
      when: () => selecting.count.value > 0,
    },
    {
      id: 'history:export',
      label: () => t('history.bulk.export'),
      group,
      run: () => void bulk.exportZip(),
      when: () => selecting.count.value > 0 && may('library.export'),
    },
  ])
  useShortcuts([
    { keys: 'j', label: () => t('history.keys.down'), group, run: step('j') },
    { keys: 'k', label: () => t('history.keys.up'), group, run: step('k') },
    { keys: 'h', label: () => t('history.keys.left'), group, run: step('h') },
    { keys: 'l', label: () => t('history.keys.right'), group, run: step('l') },
    {
      keys: 'x',
      label: () => t('history.keys.select'),
      group,
      run: () => {
        selecting.click(current.value, null)
      },
      when: onCard,
    },
    {
      keys: 'enter',
      label: () => t('history.keys.open'),
      group,
      run: () => {
        open(current.value)
      },
      when: onCard,
    },
    { keys: 'f', label: () => t('history.keys.favorite'), group, run: favorite, when: onAny },
    ...[0, 1, 2, 3, 4, 5].map((stars) => ({
      keys: String(stars),
      label: () => (stars === 0 ? t('history.keys.unrate') : t('history.keys.rate', { count: stars }, stars)),
      group,
      run: () => {
        rateAs(stars)
      },
      when: onAny,
    })),
    {
      keys: 'delete',
      label: () => t('history.keys.trash'),
      group,
      run: remove,
      when: () => onAny() && may('results.edit'),
    },
  ])
}

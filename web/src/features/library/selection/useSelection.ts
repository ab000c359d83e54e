import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { announce } from '@/shared/announcer'
import { useFormat } from '@/shared/useFormat'
import { useUndo } from '../catalog/useUndo'
import { useLibrary } from '../useLibrary'
import {
  addRange,
  countSelected,
  nothing,
  rangeTo,
  type Selection,
  selectAll,
  toggle,
} from '@/shared/grid/selection'

/** Selecting in the list, with what a screen reader hears about it. */
export function useSelection() {
  const { t } = useI18n()
  const { number } = useFormat()
  const { failed } = useUndo()
  const { results, selection } = useLibrary()
  const count = computed(() => countSelected(selection.value, results.count.value ?? 0))

  function become(next: Selection): void {
    selection.value = next
    announce(t('library.select.count', { count: number(count.value) }, count.value))
  }

  async function range(index: number): Promise<void> {
    const from = selection.value
    const [first, last] = rangeTo(from, index)
    try {
      const ids = await results.idsBetween(first, last)
      if (selection.value === from) become(addRange(from, ids, index))
    } catch (error) {
      failed(t('library.select.rangeFailed'), error)
    }
  }

  /** A click or key on the card at a place: with Shift everything from the last one on. */
  function click(index: number, event: MouseEvent | KeyboardEvent | null): void {
    event?.preventDefault()
    const id = results.idAt(index)
    if (event?.shiftKey) void range(index)
    else if (id !== undefined) become(toggle(selection.value, id, index))
  }

  /** Grows the selection from one card to another, as Shift with an arrow does. */
  function extendTo(index: number, from: number): Promise<void> {
    if (selection.value.anchor === null) selection.value = { ...selection.value, anchor: from }
    return range(index)
  }

  return {
    count,
    isAll: computed(() => selection.value.kind === 'all'),
    click,
    extendTo,
    all: () => {
      become(selectAll(selection.value))
    },
    clear: () => {
      become(nothing)
    },
  }
}

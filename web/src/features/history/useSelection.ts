import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { announce } from '@/shared/announcer'
import { addRange, nothing, rangeTo, type Selection, toggle } from '@/shared/grid/selection'
import { useFormat } from '@/shared/useFormat'
import { useReport } from './records/useResultActions'
import { useHistory } from './useHistory'

/** Selecting in the history, with what a screen reader hears about it. */
export function useSelection() {
  const { t } = useI18n()
  const { number } = useFormat()
  const { failed } = useReport()
  const { results, selection } = useHistory()
  /** All the server needs: a history can only be selected as far as it was seen. */
  const ids = computed(() => (selection.value.kind === 'some' ? [...selection.value.ids] : []))
  const count = computed(() => ids.value.length)

  function become(next: Selection): void {
    selection.value = next
    announce(t('history.select.count', { count: number(count.value) }, count.value))
  }

  async function range(index: number): Promise<void> {
    const from = selection.value
    const [first, last] = rangeTo(from, index)
    try {
      const between = await results.idsBetween(first, last)
      if (selection.value === from) become(addRange(from, between, index))
    } catch (error) {
      failed(t('history.select.rangeFailed'), error)
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
    ids,
    count,
    click,
    extendTo,
    /** Selects everything that was loaded. */
    all: () => {
      become(addRange(selection.value, results.pages.ids(), 0))
    },
    clear: () => {
      become(nothing)
    },
  }
}

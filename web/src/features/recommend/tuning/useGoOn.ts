import { nextTick, type Ref } from 'vue'

/**
 * Lets the keyboard go on in a list when a row of it is taken away with the button
 * that was pressed: at the row that takes its place, else at what is around the list.
 */
export function useGoOn(list: Readonly<Ref<HTMLElement | null>>): (index: number) => Promise<void> {
  return async (index) => {
    const around = list.value?.closest<HTMLElement>('[role=tabpanel]')
    await nextTick()
    const buttons = [...(list.value?.querySelectorAll<HTMLElement>('button') ?? [])]
    const next = buttons[Math.min(index, buttons.length - 1)] ?? around
    next?.focus()
  }
}

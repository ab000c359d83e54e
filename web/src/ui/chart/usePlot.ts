import { useResizeObserver } from '@vueuse/core'
import { onScopeDispose, shallowRef, type ShallowRef, watch } from 'vue'
import type { Plot, PlotData, PlotLook, Pointed } from './plot'

/**
 * Keeps a plot in an element: made when the element is there, made anew when its
 * look changes, drawn again with new data, fitted to the room it has. What draws
 * is fetched with the first plot.
 */
export function usePlot(
  target: Readonly<ShallowRef<HTMLElement | null>>,
  look: () => PlotLook,
  data: () => PlotData,
) {
  const pointed = shallowRef<Pointed>(null)
  // Never in reactive state: a plot changes itself all the time, and nobody has to be told.
  let plot: Plot | null = null
  let width = 0
  let making = 0

  async function make(): Promise<void> {
    const mine = ++making
    const { drawPlot } = await import('./plot')
    const element = target.value
    if (mine !== making || !element) return
    plot?.destroy()
    pointed.value = null
    width = element.clientWidth
    plot = drawPlot(element, look(), data(), (now) => {
      pointed.value = now
    })
  }

  watch(
    [target, look, data],
    ([, lookNow, dataNow], [, lookBefore]) => {
      // Data for another look do not fit the plot that is there.
      if (plot && lookNow === lookBefore) plot.setData(dataNow)
      else void make()
    },
    { immediate: true, flush: 'post' },
  )
  useResizeObserver(target, ([entry]) => {
    const now = Math.floor(entry?.contentRect.width ?? 0)
    // A height that follows its content would be the beginning of a loop.
    if (!plot || !target.value || now === width || now === 0) return
    width = now
    plot.setSize(now, target.value.clientHeight)
  })
  onScopeDispose(() => {
    making++
    plot?.destroy()
    plot = null
  })

  /** Points at a value as the mouse would, or at nothing. */
  function point(index: number | null): void {
    plot?.point(index)
    pointed.value = plot && index !== null ? { index, left: plot.leftOf(index) } : null
  }

  return { pointed, point }
}

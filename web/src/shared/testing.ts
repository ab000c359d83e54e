import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { type Component, h } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { i18n } from '@/i18n'

/** Mounts a component with what the app gives to every component, attached to the page. */
export function mountInApp(
  component: Component,
  props: object = {},
  slots: Record<string, () => unknown> = {},
) {
  const page = { render: () => null }
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:path(.*)*', component: page }],
  })
  const wrapper: VueWrapper = mount(
    { render: () => h(TooltipProvider, null, { default: () => h(component, props, slots) }) },
    { attachTo: document.body, global: { plugins: [i18n, router] } },
  )
  return { wrapper, router }
}

/** Waits until answers that are there have been read and drawn, which takes several turns of the event loop. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await flushPromises()
}

import { useRoute } from 'vue-router'

/** Tells whether a page of the navigation is the one shown, or an ancestor of it. */
export function useActivePage(): (path: string) => boolean {
  const route = useRoute()
  return (path) => route.path === path || (path !== '/' && route.path.startsWith(`${path}/`))
}

import type { Component } from 'vue'
import type { Keys } from './keys'
import type { Permission } from './useSession'
import 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Gives the page a place in the navigation. */
    nav?: {
      /** Key of its name in the translations. */
      label: string
      icon: Component
      /** Opens the page from anywhere. */
      keys: Keys
      /** On a phone it is found under "More". */
      isMinor?: boolean
    }
    /** The page fills the search place of the top bar itself, by teleporting to #page-search. */
    ownsSearch?: boolean
    /** Lies above the page of its parent route, which keeps its scroll position and the focus. */
    isLayer?: boolean
    /** Its parameters only choose among parts of the page, as its tabs do. */
    hasParts?: boolean
    /** Without it the page is left out of the navigation and says who can help. */
    permission?: Permission
    /** Shown without the shell. */
    isBare?: boolean
  }
}

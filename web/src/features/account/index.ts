import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/login',
    component: withTexts('account', () => import('./login/LoginPage.vue')),
    meta: { isBare: true },
  },
  {
    path: '/settings/account',
    component: withTexts('account', () => import('./own/AccountPage.vue')),
  },
  {
    path: '/settings/users',
    component: withTexts('account', () => import('./users/UsersPage.vue')),
    meta: { permission: 'users.manage' },
  },
  {
    path: '/settings/keys',
    component: withTexts('account', () => import('./keys/KeysPage.vue')),
    meta: { permission: 'users.manage' },
  },
  {
    path: '/settings/audit',
    component: withTexts('account', () => import('./audit/AuditPage.vue')),
    meta: { permission: 'audit.read' },
  },
]

/** Who is signed in, with the way to their account and out. */
export const UserMenu = defineAsyncComponent(() => import('./UserMenu.vue'))

/** Lies over the page whose user has to sign in again, so that nothing on it is lost. */
export const SignInAgain = defineAsyncComponent(withTexts('account', () => import('./login/SignInAgain.vue')))

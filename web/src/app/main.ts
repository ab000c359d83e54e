import { PiniaColada } from '@pinia/colada'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { i18n } from '@/i18n'
import { useLanguage } from '@/shared/useLanguage'
import '@/ui/theme.css'
import App from './App.vue'
import { prepareForOffline } from './offline'
import { router } from './router'
import { reloadAfterUpgrade } from './upgrade'

reloadAfterUpgrade()

const app = createApp(App).use(createPinia()).use(PiniaColada).use(i18n)
const { isThere } = useLanguage()
void isThere.then(() => app.use(router).mount('#app'))
prepareForOffline()

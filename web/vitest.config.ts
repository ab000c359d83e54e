import { defineConfig, mergeConfig } from 'vitest/config'
import vite from './vite.config.ts'

export default mergeConfig(
  vite,
  defineConfig({
    test: {
      environment: 'happy-dom',
      environmentOptions: { happyDOM: { url: 'http://lora.test/' } },
      include: ['src/**/*.spec.ts'],
      setupFiles: ['src/shared/testingTexts.ts'],
      restoreMocks: true,
      unstubGlobals: true,
    },
  }),
)

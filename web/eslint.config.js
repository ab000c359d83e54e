import vue from 'eslint-plugin-vue'
import a11y from 'eslint-plugin-vuejs-accessibility'
import { defineConfig, globalIgnores } from 'eslint/config'
import ts from 'typescript-eslint'

const oneDoor = {
  group: ['@/features/*/*', '../**/features/*/*'],
  message: "A feature has one door: import from '@/features/<name>'.",
}
const downOnly = (...floors) => ({
  group: floors.map((floor) => `@/${floor}/**`),
  message:
    'Imports go down only: app > features > live, offline, ui > api > shared, i18n; the worker stands alone.',
})
const restrict = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] })

export default defineConfig(
  globalIgnores(['dist', 'coverage', 'src/api/generated', 'public']),
  ts.configs.strictTypeChecked,
  vue.configs['flat/recommended'],
  a11y.configs['flat/recommended'],
  {
    languageOptions: {
      parserOptions: {
        parser: ts.parser,
        projectService: true,
        extraFileExtensions: ['.vue'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
  { files: ['**/*.{js,mjs}'], extends: [ts.configs.disableTypeChecked] },
  {
    files: ['**/*.{ts,vue}'],
    rules: {
      ...restrict(oneDoor),
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: "Only src/api talks to the server over HTTP: call '@/api/generated'." },
        { name: 'WebSocket', message: "The app has one WebSocket: call useLive of '@/live/useLive'." },
      ],
      'max-lines': ['error', { max: 250, skipBlankLines: false }],
      'vue/no-v-html': 'error',
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-macros-order': 'error',
      'vue/prefer-use-template-ref': 'error',
      'vue/no-bare-strings-in-template': [
        'error',
        {
          allowlist: [
            'LoRA Manager',
            '·',
            '×',
            '–',
            '—',
            '→',
            '…',
            '/',
            '(',
            ')',
            ',',
            '.',
            ':',
            '%',
            '+',
            '-',
            '#',
            '?',
            '__',
            'B',
          ],
        },
      ],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/no-undef-components': ['error', { ignorePatterns: ['RouterLink', 'RouterView'] }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Optional props are undefined when absent; booleans are false unless a default says otherwise.
      'vue/require-default-prop': 'off',
      '@typescript-eslint/no-useless-default-assignment': 'off',
      // The formatter owns line breaks.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      // A label may hold its control or point at it.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  {
    files: ['src/{shared,i18n}/**'],
    rules: restrict(downOnly('app', 'features', 'live', 'offline', 'ui', 'api')),
  },
  {
    files: ['src/api/**'],
    rules: {
      ...restrict(downOnly('app', 'features', 'live', 'offline', 'ui')),
      'no-restricted-globals': 'off',
    },
  },
  { files: ['src/ui/**'], rules: restrict(downOnly('app', 'features', 'live', 'offline')) },
  {
    files: ['src/live/**'],
    rules: { ...restrict(downOnly('app', 'features', 'offline', 'ui')), 'no-restricted-globals': 'off' },
  },
  { files: ['src/offline/**'], rules: restrict(downOnly('app', 'features', 'live', 'ui')) },
  {
    files: ['src/worker/**'],
    rules: {
      ...restrict(downOnly('app', 'features', 'live', 'offline', 'ui', 'api', 'shared', 'i18n')),
      'no-restricted-globals': 'off',
    },
  },
  { files: ['src/features/**'], rules: restrict(oneDoor, downOnly('app')) },
  {
    files: ['**/*.spec.ts'],
    rules: {
      'max-lines': 'off',
      'vue/one-component-per-file': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['src/i18n/{en,de,zh}/**'], rules: { 'max-lines': 'off' } },
)

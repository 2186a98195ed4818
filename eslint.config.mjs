import tseslint from 'typescript-eslint';

const forbid = (files, patterns) => ({
  files,
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: patterns.map((p) => ({
          allowTypeImports: false,
          message: 'docs/architecture.md: dependencies point inward.',
          ...p,
        })),
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'bin/**', '*.js', '*.mjs', 'scripts/**/*.js', 'examples/**'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 250 }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'No default exports.' },
        { selector: 'ExportAllDeclaration', message: 'No barrels.' },
        { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
      ],
    },
  },
  forbid(
    ['src/flow/**'],
    [
      {
        regex: '^(?!\\.\\/|zod$|node:crypto$).+',
        message: 'flow imports only flow (zod in schema.ts, node:crypto in fingerprint.ts).',
      },
    ],
  ),
  forbid(
    ['src/flow/parse.ts'],
    [{ regex: '^(?!\\.\\/|zod$|jsonc-parser$).+', message: 'parse.ts may ask jsonc-parser where bad JSON breaks.' }],
  ),
  forbid(
    ['src/flow/nearest.ts'],
    [{ regex: '^(?!leven$).+', message: 'nearest.ts may count typing errors with a library.' }],
  ),
  {
    files: ['src/flow/!(schema|parse|document).ts'],
    rules: { 'no-restricted-imports': ['error', { paths: ['zod', './schema'] }] },
  },
  forbid(
    ['src/files/**'],
    [{ regex: '^(\\.\\./(activities|workflows|cli|services|simulator|clients|worker)(/|$)|@temporalio)' }],
  ),
  forbid(
    ['src/clients/**'],
    [{ regex: '^(\\.\\./(activities|workflows|cli|services|simulator|files|flow|worker)(/|$)|@temporalio)' }],
  ),
  forbid(
    ['src/money/**'],
    [
      {
        regex: '^(?!\\./|\\.\\./flow/|\\.\\./clients/backend-error$).+',
        message: 'money imports flow, and the error of a backend.',
      },
    ],
  ),
  forbid(
    ['src/simulator/**'],
    [{ regex: '^(\\.\\./(activities|workflows|cli|services|clients|flow|files|worker)(/|$)|@temporalio)' }],
  ),
  forbid(
    ['src/services/**'],
    [{ regex: '^\\.\\./(activities|workflows|cli|simulator|clients|flow/(?!errors$)|worker)' }],
  ),
  forbid(
    ['src/workflows/**'],
    [
      {
        regex:
          '^(\\.\\./(cli|services|simulator|clients|files|config)(/|$)|node:|@temporalio/(client|worker|activity)|zod)',
      },
      { regex: '^\\.\\./activities', allowTypeImports: true },
    ],
  ),
  forbid(
    ['src/activities/**'],
    [{ regex: '^(\\.\\./(cli|services|simulator|worker)(/|$)|@temporalio/(workflow|worker))' }],
  ),
  { files: ['test/**', 'bench/**', 'chaos/**'], rules: { '@typescript-eslint/unbound-method': 'off' } },
);

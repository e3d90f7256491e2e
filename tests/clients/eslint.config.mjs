// The rules for the JavaScript of this folder; ./dev check holds them.
// SPDX-License-Identifier: Apache-2.0
import js from '@eslint/js';
import globals from 'globals';

const linesOfFile = 400; // as tools/check_size.py has it for other languages
const linesOfFunction = 70;
const linesOfGroup = 120; // what holds the tests of one subject is a function, too

export default [
  js.configs.recommended,
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: globals.node },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'array-callback-return': 'error',
      curly: ['error', 'multi-line'],
      eqeqeq: 'error',
      'max-lines': ['error', linesOfFile],
      'max-lines-per-function': ['error', { max: linesOfFunction, IIFEs: true }],
      'no-promise-executor-return': 'error',
      'no-self-compare': 'error',
      'no-shadow': 'error',
      'no-template-curly-in-string': 'error',
      'no-unreachable-loop': 'error',
      'no-unused-expressions': 'error',
      'no-useless-rename': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'prefer-template': 'error',
      'require-await': 'error',
      // What is not awaited asserts nothing.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExpressionStatement > CallExpression[callee.name=/^(answered|invokeRefused|waitFor)$/]',
          message: 'await it: what is not awaited asserts nothing',
        },
        {
          selector: 'ExpressionStatement > CallExpression[callee.object.name="assert"][callee.property.name=/^(rejects|doesNotReject)$/]',
          message: 'await it: what is not awaited asserts nothing',
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'describe', property: 'only', message: 'the others would not run' },
        { object: 'test', property: 'only', message: 'the others would not run' },
      ],
    },
  },
  {
    files: ['**/*.test.mjs'],
    rules: { 'max-lines-per-function': ['error', { max: linesOfGroup }] },
  },
];

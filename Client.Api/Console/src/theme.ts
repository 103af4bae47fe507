import { createTheme, type CSSVariablesResolver } from '@mantine/core';

const colors = ['gray', 'red', 'orange', 'yellow', 'green', 'teal', 'cyan', 'blue', 'indigo', 'violet', 'grape'];

export const theme = createTheme({
  colors: {
    // A little blue, so that grounds, fields and lines belong together.
    dark: ['#d5dae3', '#b4bcc9', '#8d97a8', '#626c7e', '#3a4150', '#2d3340', '#21262f', '#171a21', '#12151b', '#0c0e12'],
  },
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 7 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: '620' },
  // A menu that opens goes to its first item: the place before it would be a child that no menu may have.
  components: { Menu: { defaultProps: { withInitialFocusPlaceholder: false } } },
});

/** Text on tinted grounds is darker (in dark: lighter) than usual, so that it has the contrast of WCAG AA. */
export const resolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5b6472',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-body': '#ffffff',
    '--dlq-ground': '#f6f7fa',
    '--dlq-line': '#e4e7ee',
    '--dlq-hover': '#f1f3f9',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    '--mantine-color-anchor': 'var(--mantine-color-indigo-8)',
    ...Object.fromEntries(colors.map(color => [`--mantine-color-${color}-light-color`, `color-mix(in srgb, var(--mantine-color-${color}-9), black 22%)`])),
  },
  dark: {
    '--mantine-color-dimmed': '#a3acba',
    '--mantine-color-placeholder': '#98a1b0',
    '--mantine-color-body': '#171a21',
    '--dlq-ground': '#0f1116',
    '--dlq-line': '#2a2f3a',
    '--dlq-hover': '#1e222b',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
    '--mantine-color-anchor': 'var(--mantine-color-indigo-3)',
    ...Object.fromEntries(colors.map(color => [`--mantine-color-${color}-light-color`, `var(--mantine-color-${color}-2)`])),
  },
});

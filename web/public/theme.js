// Runs before the first paint, so that nobody in the dark is flashed by a white
// page. It is a file of its own because the page's security policy forbids inline
// scripts. The key and its values are those of src/shared/preferences.ts.
;(function () {
  var theme = 'system'
  try {
    theme = JSON.parse(localStorage.getItem('loramanager.preferences') || '{}').theme || theme
  } catch {
    // Storage is blocked or holds something odd: the system's theme it is.
  }
  var dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
  document.querySelector('meta[name=theme-color]').content = dark ? '#131416' : '#f8f9f9'
})()

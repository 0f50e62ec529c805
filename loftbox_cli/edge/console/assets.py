"""The style and the one script of the pages. Without either, a page says and does the same.

The script takes the code that stands behind "#" in the link and fills it into the
form; it then drops it from the address, so that it stays out of the history.
"""

STYLE = """\
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 46rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .75rem; margin: 0 0 .75rem; }
dt { opacity: .7; } dd { margin: 0; }
ul, ol { margin: 0 0 .75rem; padding-left: 1.25rem; }
pre { font: .9rem/1.45 ui-monospace, monospace; white-space: pre-wrap; margin: 0; padding: .75rem;
  border: 1px solid #8886; border-radius: .3rem; }
.state { font-weight: 600; padding: .5rem .75rem; border: 1px solid #8886; border-radius: .3rem; }
.add { background: #2a83; } .cut { background: #c333; }
form { border-top: 1px solid #8886; margin-top: 1.5rem; padding-top: 1rem; }
label { display: block; margin: .5rem 0 .15rem; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; }
button { font: inherit; font-weight: 600; padding: .7rem 1.4rem; margin: 1rem .5rem 0 0; cursor: pointer; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; }
  button { width: 100%; margin-right: 0; } }
"""

SCRIPT = """\
const field = document.getElementById("code");
if (field && location.hash.length > 1) {
  field.defaultValue = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
"""

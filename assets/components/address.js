// Keeps the page's address up to date with what is shown, in place: no new entry in the history.
export default function ({ data }) {
  const address = location.pathname + (data.query ? `?${data.query}` : "") + location.hash;
  if (address !== location.pathname + location.search + location.hash) history.replaceState(history.state, "", address);
}

// Keeps the page's address up to date in place, with no new entry in the history, and says when the maps have
// come to rest, so that the slower report is drawn after them and not between two movements of the hand.
const REST = 350; // ms: longer than the pauses of a hand that is still looking for its value
const TIMERS = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const address = location.pathname + (data.query ? `?${data.query}` : "") + location.hash;
  const isHere = location.pathname.endsWith(`/${data.page}`); // and not where Back has just led
  if (isHere && address !== location.pathname + location.search + location.hash) history.replaceState(history.state, "", address);
  clearTimeout(TIMERS.get(parentElement));
  if (data.shown !== data.reported) {
    TIMERS.set(parentElement, setTimeout(() => setStateValue("rest", data.shown), REST));
  }
}

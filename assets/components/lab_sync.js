// Keeps the page's address up to date in place, with no new entry in the history, and says when the maps have
// come to rest, so that the slower report is drawn after them and not between two movements of the hand. Until it
// is there, the one before is marked as behind.
const REST = 350; // ms: longer than the pauses of a hand that is still looking for its value
const TIMERS = new WeakMap();
let watch;

function markReport(shown) {
  watch?.disconnect();
  const report = document.querySelector(".st-key-report");
  if (!report) return;
  const mark = () => {
    const about = report.querySelector("[data-picture]");
    report.toggleAttribute("data-behind", about !== null && about.dataset.picture !== String(shown));
  };
  watch = new MutationObserver(mark);
  watch.observe(report, { childList: true, subtree: true });
  mark();
}

export default function ({ parentElement, data, setStateValue }) {
  const address = location.pathname + (data.query ? `?${data.query}` : "") + location.hash;
  const isHere = location.pathname.endsWith(`/${data.page}`); // and not where Back has just led
  if (isHere && address !== location.pathname + location.search + location.hash) history.replaceState(history.state, "", address);
  markReport(data.shown);
  clearTimeout(TIMERS.get(parentElement));
  if (data.shown !== data.reported) {
    TIMERS.set(parentElement, setTimeout(() => setStateValue("rest", data.shown), REST));
  }
}

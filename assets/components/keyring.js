// What lets this browser in again after a reload: kept here and not in the address, which a projector shows.
const PLACE = "irl-class";

export default function ({ data, setStateValue }) {
  let held = {};
  try { held = JSON.parse(localStorage.getItem(PLACE) ?? "{}"); } catch { /* not ours: begin anew */ }
  if (data.put) {
    Object.assign(held, data.put);
    localStorage.setItem(PLACE, JSON.stringify(held));
  }
  if (JSON.stringify(held) !== JSON.stringify(data.known)) setStateValue("held", held);
}

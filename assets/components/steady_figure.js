// A plotly figure that is redrawn in its place, as wide as it may be.

let library;

function loaded(url) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => { library = undefined; reject(new Error(`${url} cannot be loaded`)); };
    document.head.append(script);
  });
  return library;
}

const WATCHED = new WeakMap();  // figure's box -> what is to be drawn in it

async function draw(box, data) {
  WATCHED.get(box).data = data;
  const Plotly = await loaded(data.library);
  const state = WATCHED.get(box);
  if (state?.data !== data || !box.isConnected) return;  // a newer one is on its way, or nobody looks
  const { data: traces, layout } = JSON.parse(data.figure);
  const config = { displaylogo: false, displayModeBar: data.buttons ? "hover" : false };
  box.style.height = `${layout.height}px`;
  await Plotly.react(box, traces, layout, config);
  state.Plotly = Plotly;
}

export default function (component) {
  const box = component.parentElement.querySelector(".irl-figure");
  if (!WATCHED.has(box)) {
    const observer = new ResizeObserver(() => {
      const { Plotly } = WATCHED.get(box) ?? {};
      if (Plotly && box.clientWidth) Plotly.Plots.resize(box);
    });
    WATCHED.set(box, { observer });
    observer.observe(box);
  }
  draw(box, component.data);
  return () => {
    const state = WATCHED.get(box);
    if (!state) return;
    state.observer.disconnect();
    WATCHED.delete(box);
    state.Plotly?.purge(box);
  };
}

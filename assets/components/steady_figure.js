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

class SteadyFigure {
  constructor(box) {
    this.box = box;
    this.observer = new ResizeObserver(() => {
      if (this.Plotly && box.clientWidth) this.Plotly.Plots.resize(box);
    });
    this.observer.observe(box);
  }

  async take(data) {
    if (data.figure === this.asked) return;  // nothing new
    this.asked = data.figure;
    const Plotly = await loaded(data.library);
    if (data.figure !== this.asked || this.closed) return;  // a newer one is on its way, or nobody looks
    const { data: traces, layout } = JSON.parse(data.figure);
    this.box.style.height = `${layout.height}px`;
    this.Plotly = Plotly;
    Plotly.react(this.box, traces, layout, { displaylogo: false, displayModeBar: data.buttons ? "hover" : false });
  }

  close() {  // nothing is purged: what the library still has under way would miss it
    this.closed = true;
    this.observer.disconnect();
  }
}

const FIGURES = new WeakMap();

export default function ({ parentElement, data }) {
  let figure = FIGURES.get(parentElement);
  if (!figure) FIGURES.set(parentElement, (figure = new SteadyFigure(parentElement.querySelector(".irl-figure"))));
  figure.take(data);
  return () => { figure.close(); FIGURES.delete(parentElement); };
}

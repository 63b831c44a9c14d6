// Pens draw in CSS pixels. A picture is a function of a pen, so the screen, the PNG and the SVG cannot differ.
//
//   rects(fill, [x, y, w, h, ...], radius)   filled boxes of one colour
//   polys(fill, [[x0, y0, x1, y1, ...], ...])   filled polygons of one colour
//   lines(stroke, width, [[x0, y0, ...], ...], opacity)   open polylines of one colour
//   hatch(stroke, width, [[x0, y0, ...], ...])   many lines that do not cross, as one path
//   discs(fill, [x, y, r, ...], stroke, width)   filled circles, with an outline when a stroke is given
//   text(x, y, string, { size, fill, align, weight, halo })   a line of text, vertically centred on y
//   bar(x, y, w, h, colours, radius)   a horizontal gradient
//   inside(x, y, w, h, radius, draw)   whatever draw() draws, cut to a rounded box

class CanvasPen {
  constructor(canvas, width, height, scale, font) {
    const w = Math.round(width * scale), h = Math.round(height * scale);
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    this.context = canvas.getContext("2d");
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.context.clearRect(0, 0, width, height);
    this.context.lineCap = this.context.lineJoin = "round";
    this.scale = scale;
    this.font = font;
  }

  snap(x) { return Math.round(x * this.scale) / this.scale; } // on whole device pixels neighbours leave no seam

  rects(fill, boxes, radius = 0) {
    const g = this.context;
    g.fillStyle = fill;
    if (radius > 0) g.beginPath();
    for (let i = 0; i < boxes.length; i += 4) {
      const x = this.snap(boxes[i]), y = this.snap(boxes[i + 1]);
      const w = this.snap(boxes[i] + boxes[i + 2]) - x, h = this.snap(boxes[i + 1] + boxes[i + 3]) - y;
      if (radius > 0) g.roundRect(x, y, w, h, radius);
      else g.fillRect(x, y, w, h);
    }
    if (radius > 0) g.fill();
  }

  trace(points) {
    const g = this.context;
    g.moveTo(points[0], points[1]);
    for (let i = 2; i < points.length; i += 2) g.lineTo(points[i], points[i + 1]);
  }

  polys(fill, polygons) {
    const g = this.context;
    g.fillStyle = fill;
    g.beginPath();
    for (const points of polygons) { this.trace(points); g.closePath(); }
    g.fill();
  }

  lines(stroke, width, polylines, opacity = 1) {
    const g = this.context;
    g.strokeStyle = stroke;
    g.lineWidth = width;
    g.globalAlpha = opacity;
    for (const points of polylines) { g.beginPath(); this.trace(points); g.stroke(); }
    g.globalAlpha = 1;
  }

  // many short lines as one path: no line here crosses another
  hatch(stroke, width, polylines) {
    const g = this.context;
    g.strokeStyle = stroke;
    g.lineWidth = width;
    g.beginPath();
    for (const points of polylines) this.trace(points);
    g.stroke();
  }

  discs(fill, circles, stroke = null, width = 0) {
    const g = this.context;
    g.beginPath();
    for (let i = 0; i < circles.length; i += 3) {
      g.moveTo(circles[i] + circles[i + 2], circles[i + 1]);
      g.arc(circles[i], circles[i + 1], circles[i + 2], 0, 2 * Math.PI);
    }
    if (fill) { g.fillStyle = fill; g.fill(); }
    if (stroke) { g.strokeStyle = stroke; g.lineWidth = width; g.stroke(); }
  }

  text(x, y, string, { size, fill, align = "center", weight = 400, halo = null }) {
    const g = this.context;
    g.font = `${weight} ${size}px ${this.font}`;
    g.textAlign = align;
    g.textBaseline = "alphabetic";
    if (halo) { g.strokeStyle = halo; g.lineWidth = size * 0.28; g.strokeText(string, x, y + size * 0.36); }
    g.fillStyle = fill;
    g.fillText(string, x, y + size * 0.36);
  }

  bar(x, y, w, h, colours, radius) {
    const g = this.context, ramp = g.createLinearGradient(x, 0, x + w, 0);
    colours.forEach((colour, i) => ramp.addColorStop(i / (colours.length - 1), colour));
    this.rects(ramp, [x, y, w, h], radius);
  }

  inside(x, y, w, h, radius, draw) {
    const g = this.context;
    g.save();
    g.beginPath();
    g.roundRect(x, y, w, h, radius);
    g.clip();
    draw();
    g.restore();
  }
}

class SvgPen {
  // `name` keeps the ids apart where several pictures are put on one page
  constructor(width, height, font, name) {
    this.root = this.node(null, "svg", { width, height, viewBox: `0 0 ${width} ${height}` });
    this.root.setAttribute("font-family", font);
    this.root.setAttribute("stroke-linecap", "round");
    this.root.setAttribute("stroke-linejoin", "round");
    this.parent = this.root;
    this.name = name;
    this.count = 0;
  }

  node(parent, name, attributes) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) {
      node.setAttribute(key, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
    }
    return parent ? parent.appendChild(node) : node;
  }

  points(list) { return list.map((x) => Math.round(x * 100) / 100).join(" "); }

  rects(fill, boxes, radius = 0) {
    for (let i = 0; i < boxes.length; i += 4) {
      const box = { x: boxes[i], y: boxes[i + 1], width: boxes[i + 2], height: boxes[i + 3], fill };
      this.node(this.parent, "rect", radius > 0 ? { ...box, rx: radius } : box);
    }
  }

  polys(fill, polygons) {
    this.node(this.parent, "path", { d: polygons.map((p) => `M${this.points(p)}Z`).join(""), fill });
  }

  lines(stroke, width, polylines, opacity = 1) {
    const look = { fill: "none", stroke, "stroke-width": width, "stroke-opacity": opacity };
    for (const points of polylines) this.node(this.parent, "polyline", { points: this.points(points), ...look });
  }

  hatch(stroke, width, polylines) {
    const d = polylines.map((p) => `M${this.points(p)}`).join("");
    this.node(this.parent, "path", { d, fill: "none", stroke, "stroke-width": width });
  }

  discs(fill, circles, stroke = null, width = 0) {
    for (let i = 0; i < circles.length; i += 3) {
      const disc = { cx: circles[i], cy: circles[i + 1], r: circles[i + 2], fill: fill || "none" };
      this.node(this.parent, "circle", stroke ? { ...disc, stroke, "stroke-width": width } : disc);
    }
  }

  text(x, y, string, { size, fill, align = "center", weight = 400, halo = null }) {
    const anchor = { left: "start", center: "middle", right: "end" }[align];
    const look = { "font-size": size, "text-anchor": anchor, "font-weight": String(weight), fill };
    if (halo) Object.assign(look, { stroke: halo, "stroke-width": size * 0.28, "paint-order": "stroke" });
    this.node(this.parent, "text", { x, y: y + size * 0.36, ...look }).textContent = string;
  }

  bar(x, y, w, h, colours, radius) {
    const id = `${this.name}-ramp${this.count++}`;
    const ramp = this.node(this.parent, "linearGradient", { id });
    colours.forEach((colour, i) => {
      this.node(ramp, "stop", { offset: i / (colours.length - 1), "stop-color": colour });
    });
    this.rects(`url(#${id})`, [x, y, w, h], radius);
  }

  inside(x, y, w, h, radius, draw) {
    const id = `${this.name}-cut${this.count++}`, outer = this.parent;
    const cut = this.node(outer, "clipPath", { id });
    this.node(cut, "rect", { x, y, width: w, height: h, rx: radius });
    this.parent = this.node(outer, "g", { "clip-path": `url(#${id})` });
    draw();
    this.parent = outer;
  }

  toString() { return new XMLSerializer().serializeToString(this.root); }
}

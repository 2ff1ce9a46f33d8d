extension ReportPage {
  /// The whole script: it makes the page of the data in it, and draws anew what a server tells later.
  ///
  /// Text from data comes into the page as text (`textContent`) and never as markup.
  package static let script =
    "\"use strict\";\n(() => {\n" + basics + curves + sections + beginning + "})();\n"

  /// Elements, numbers, what the reader has chosen.
  static let basics = #"""
    const make = (space) => (tag, attributes = {}, ...children) => {
      const element = space ? document.createElementNS(space, tag) : document.createElement(tag);
      for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else element.setAttribute(name, value === true ? "" : value);
      }
      for (const child of children.flat()) {
        if (child !== null && child !== undefined) element.append(child);
      }
      return element;
    };
    const h = make(null);
    const s = make("http://www.w3.org/2000/svg");

    const whole = (value) => Math.round(value).toLocaleString("en");
    const number = (value) => {
      if (value === null || value === undefined) return "–";
      const size = Math.abs(value);
      if (value === 0) return "0";
      if (size >= 1e7 || size < 1e-3) return value.toExponential(2).replace("e+", "e");
      if (Number.isInteger(value) || size >= 1e3) return whole(value);
      return String(Number(value.toPrecision(4)));
    };
    const figure = (key, value) =>
      value !== null && data.shares.includes(key) ? (100 * value).toFixed(2) + " %" : number(value);
    const short = (value) => {
      const size = Math.abs(value);
      for (const [limit, unit] of [[1e9, "G"], [1e6, "M"], [1e4, "k"]]) {
        if (size >= limit) return Number((value / (unit === "k" ? 1e3 : limit)).toPrecision(4)) + unit;
      }
      if (size !== 0 && size < 1e-3) return value.toExponential(0);
      return String(Number(value.toPrecision(4)));
    };
    const duration = (seconds) => {
      if (seconds === null || seconds === undefined) return "–";
      if (seconds < 10) return seconds.toFixed(1) + " s";
      if (seconds < 120) return Math.round(seconds) + " s";
      const minutes = Math.round(seconds / 60);
      return minutes < 120 ? minutes + " min" : Math.floor(minutes / 60) + " h " + (minutes % 60) + " min";
    };
    const bytes = (count) => {
      for (const [limit, unit] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) {
        if (count >= limit) return (count / limit).toPrecision(3) + " " + unit;
      }
      return count + " B";
    };
    const title = (key) => ({
      lr: "learning rate", grad_norm: "norm of gradients", tokens_per_sec: "tokens a second",
      ppl: "perplexity",
    })[key] || key.replaceAll("_", " ");

    let data = JSON.parse(document.getElementById("data").textContent);
    const isLive = document.documentElement.hasAttribute("data-live");
    const chosen = {
      axis: "update", logX: false, logY: false, smoothing: null, zoom: null, hidden: new Set(),
      place: null, sample: new Map(),
    };
    const colour = (index) => "k" + (index % 8);
    const byId = (id) => document.getElementById(id);

    """#

  /// Curves: axes, zoom, what is under the pointer. All charts share the horizontal axis.
  static let curves = #"""
    const axes = { update: "updates", tokens: "tokens", wall_time: "time", epoch: "epochs" };
    const axisText = (value) =>
      chosen.axis === "wall_time" ? duration(value)
        : chosen.axis === "epoch" ? "epoch " + value.toFixed(2)
          : axes[chosen.axis].replace(/s$/, "") + " " + whole(value);

    // An average that forgets; it begins without a bias towards zero.
    const smooth = (values, weight) => {
      let sum = 0, total = 0;
      return values.map((value) => {
        if (value === null) return null;
        sum = weight * sum + (1 - weight) * value;
        total = weight * total + (1 - weight);
        return sum / total;
      });
    };
    const smoothing = () => {
      if (chosen.smoothing !== null) return chosen.smoothing;
      const longest = Math.max(0, ...data.runs.map((run) => (run.columns.train.places.update || []).length));
      return longest > 100 ? 0.9 : 0;
    };

    const seriesOf = (key) => data.runs.flatMap((run, index) => {
      if (chosen.hidden.has(run.name)) return [];
      return ["train", "valid"].flatMap((split) => {
        const columns = run.columns[split];
        const values = columns.values[key];
        const places = columns.places[chosen.axis];
        if (!values || !places) return [];
        const isMain = split === "valid" || !run.columns.valid.values[key];
        const weight = split === "train" && key !== "lr" ? smoothing() : 0;
        return [{
          run, index, split, isMain, places, raw: weight ? values : null,
          values: weight ? smooth(values, weight) : values,
          name: (data.runs.length > 1 ? run.name + ", " : "") + (split === "valid" ? "validation" : "training"),
        }];
      });
    });

    const ticks = (low, high, count, isLog) => {
      if (isLog) {
        const all = [];
        for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
          for (const step of [1, 2, 5]) all.push(step * 10 ** power);
        }
        const inside = all.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
        const tens = inside.filter((tick) => Math.abs(Math.log10(tick) % 1) < 1e-6);
        const shown = inside.length > count + 3 && tens.length > 1 ? tens : inside;
        return shown.length > 1 ? shown : ticks(low, high, count, false);
      }
      const rough = (high - low) / count;
      const power = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
      const list = [];
      for (let tick = Math.ceil(low / step - 1e-9); tick * step <= high + step * 1e-9; tick++) list.push(tick * step);
      return list;
    };
    const scale = (low, high, from, to, isLog) => {
      const map = isLog ? Math.log : (value) => value;
      const [a, b] = [map(low), map(high)];
      const forward = (value) => from + (map(value) - a) / (b - a) * (to - from);
      forward.inverse = (place) => {
        const value = a + (place - from) / (to - from) * (b - a);
        return isLog ? Math.exp(value) : value;
      };
      return forward;
    };

    const charts = [];
    const wholeRange = () => {
      let [low, high] = [Infinity, -Infinity];
      for (const run of data.runs) {
        if (chosen.hidden.has(run.name)) continue;
        for (const columns of [run.columns.train, run.columns.valid]) {
          for (const place of columns.places[chosen.axis] || []) {
            if (place === null || (chosen.logX && place <= 0)) continue;
            if (place < low) low = place;
            if (place > high) high = place;
          }
        }
      }
      if (low > high) return [0, 1];
      if (!chosen.logX) low = Math.min(low, 0);
      return low === high ? [low, low + 1] : [low, high];
    };
    const shownRange = () => chosen.zoom || wholeRange();
    const zoomTo = (low, high) => {
      const [first, last] = wholeRange();
      const range = [Math.max(first, low), Math.min(last, high)];
      if (range[1] - range[0] < (last - first) * 1e-4) return;
      chosen.zoom = range[0] <= first && range[1] >= last ? null : range;
      redraw();
    };

    class Chart {
      constructor(key, isLarge) {
        this.key = key;
        this.isLarge = isLarge;
        this.note = h("span", { class: "soft" });
        this.tip = h("div", { class: "tip", hidden: true });
        this.plot = s("svg", {
          class: "plot", tabindex: "0", role: "slider", "aria-label": "Curves of " + title(key),
          id: "chart-" + key,
        });
        this.element = h("figure", {}, h("figcaption", {}, h("h3", {}, title(key)), this.note), this.plot, this.tip);
        this.plot.addEventListener("pointerdown", (event) => this.press(event));
        this.plot.addEventListener("pointermove", (event) => this.move(event));
        this.plot.addEventListener("pointerup", (event) => this.release(event));
        this.plot.addEventListener("pointercancel", () => { this.start = null; this.point(null); });
        this.plot.addEventListener("pointerleave", () => { if (this.start === null) pointAll(null); });
        this.plot.addEventListener("dblclick", () => { chosen.zoom = null; redraw(); });
        this.plot.addEventListener("keydown", (event) => this.key_(event));
        this.plot.addEventListener("blur", () => pointAll(null));
        this.start = null;
      }

      draw() {
        const width = Math.max(260, this.element.clientWidth || 560);
        const height = this.isLarge ? Math.min(380, Math.max(250, width * 0.42)) : 210;
        const [left, right, top, bottom] = [54, width - 14, 10, height - 26];
        const isLog = chosen.logY;
        const all = seriesOf(this.key);
        const [low, high] = shownRange();
        const isIn = (place) => place !== null && place >= low && place <= high;
        let [least, most] = [Infinity, -Infinity];
        for (const line of all) {
          line.values.forEach((value, i) => {
            if (value === null || !isIn(line.places[i]) || (isLog && value <= 0)) return;
            least = Math.min(least, value);
            most = Math.max(most, value);
          });
        }
        // What the first few updates were far above all others would hide them.
        const most98 = isLog ? most : this.upper(all.map((line) => line.values.filter((value, i) => value !== null && isIn(line.places[i]))), 0.98);
        if (most - least > 2.5 * (most98 - least) && most98 > least) most = most98;
        this.plot.replaceChildren();
        this.plot.setAttribute("viewBox", "0 0 " + width + " " + height);
        this.plot.setAttribute("height", height);
        this.all = all;
        if (least > most) {
          this.note.textContent = "nothing measured here";
          this.x = null;
          return;
        }
        if (isLog) [least, most] = [least / 1.05, most * 1.05];
        else {
          const room = (most - least) * 0.06 || Math.abs(most) * 0.1 || 1;
          [least, most] = [least >= 0 ? Math.max(0, least - room) : least - room, most + room];
        }
        const x = this.x = scale(low, high, left, right, chosen.logX);
        const y = this.y = scale(least, most, bottom, top, isLog);
        Object.assign(this, { left, right, top, bottom, width });
        for (const tick of ticks(least, most, this.isLarge ? 6 : 4, isLog)) {
          const row = y(tick);
          this.plot.append(
            s("line", { class: "grid", x1: left, x2: right, y1: row, y2: row }),
            s("text", { x: left - 8, y: row + 4, "text-anchor": "end" }, short(tick)));
        }
        for (const tick of ticks(low, high, Math.max(2, Math.floor(width / 130)), chosen.logX)) {
          const text = chosen.axis === "wall_time" ? duration(tick) : short(tick);
          this.plot.append(s("text", { x: x(tick), y: bottom + 18, "text-anchor": "middle" }, text));
        }
        this.plot.append(s("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }));
        const clip = "clip-" + this.key;
        this.plot.append(s("clipPath", { id: clip }, s("rect", { x: left - 7, y: top - 7, width: right - left + 14, height: bottom - top + 14 })));
        const inner = s("g", { "clip-path": "url(#" + clip + ")" });
        const path = (line, values) => {
          let text = "", isOpen = false;
          values.forEach((value, i) => {
            const place = line.places[i];
            if (value === null || place === null || (isLog && value <= 0) || (chosen.logX && place <= 0)) { isOpen = false; return; }
            text += (isOpen ? "L" : "M") + x(place).toFixed(1) + " " + y(value).toFixed(1);
            isOpen = true;
          });
          return text;
        };
        for (const line of all) if (line.raw) inner.append(s("path", { class: "curve raw " + colour(line.index), d: path(line, line.raw) }));
        for (const line of [...all].sort((a, b) => a.isMain - b.isMain)) {
          inner.append(s("path", { class: "curve " + (line.isMain ? "main " : "thin ") + colour(line.index), d: path(line, line.values) }));
          const few = line.split === "valid" && line.values.length <= 40;
          if (few) line.values.forEach((value, i) => {
            if (value !== null && isIn(line.places[i]) && !(isLog && value <= 0)) inner.append(s("circle", { class: "mark " + colour(line.index), cx: x(line.places[i]), cy: y(value), r: 3.5 }));
          });
          const best = (line.run.figures.find((found) => found.key === this.key) || {});
          const at = line.split === "valid" ? line.run.columns.valid.places.update.indexOf(best.update) : -1;
          if (at >= 0 && best.better && isIn(line.places[at]) && !(isLog && line.values[at] <= 0)) inner.append(s("circle", { class: "mark " + colour(line.index), cx: x(line.places[at]), cy: y(line.values[at]), r: 6 }));
        }
        this.cross = s("g", {});
        this.plot.append(inner, this.cross);
        this.note.textContent = this.summary();
        const longest = this.guide();
        this.plot.setAttribute("aria-valuemin", 0);
        this.plot.setAttribute("aria-valuemax", longest ? longest.places.length - 1 : 0);
        this.plot.setAttribute("aria-valuenow", 0);
        this.plot.setAttribute("aria-valuetext", this.note.textContent || "arrow keys read the curves");
        this.point(chosen.place);
      }

      // What a share of the values of every line is at most.
      upper(lines, share) {
        return Math.max(...lines.filter((values) => values.length).map((values) => {
          const sorted = [...values].sort((a, b) => a - b);
          return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length))];
        }));
      }

      summary() {
        const known = data.runs.flatMap((run) => run.figures.filter((found) => found.key === this.key).map((found) => ({ run, found })));
        if (data.runs.length === 1 && known.length === 1 && known[0].found.better) {
          const { found } = known[0];
          return (found.better === "lower" ? "lowest " : "highest ") + figure(this.key, found.best) + " at update " + whole(found.update);
        }
        return "";
      }

      // The line that has the most points: keys go along it.
      guide() {
        return this.all.reduce((best, line) => !best || line.places.length > best.places.length ? line : best, null);
      }

      nearest(places, place) {
        let best = -1, distance = Infinity;
        places.forEach((candidate, i) => {
          if (candidate === null) return;
          const away = Math.abs(candidate - place);
          if (away < distance) [best, distance] = [i, away];
        });
        return best;
      }

      // Shows what is at a place; the chart under the pointer tells it in words.
      point(place, isTold = false) {
        if (!this.cross) return;
        this.cross.replaceChildren();
        this.tip.hidden = true;
        const [low, high] = shownRange();
        if (place === null || !this.x || place < low || place > high) return;
        const column = this.x(place);
        this.cross.append(s("line", { class: "cross", x1: column, x2: column, y1: this.top, y2: this.bottom }));
        const told = [];
        for (const line of this.all) {
          const at = this.nearest(line.places, place);
          const value = at < 0 ? null : line.values[at];
          if (value === null || line.places[at] < low || line.places[at] > high) continue;
          const row = this.y(value);
          if (Number.isFinite(row)) this.cross.append(s("circle", { class: "mark " + colour(line.index), cx: this.x(line.places[at]), cy: row, r: 4 }));
          told.push({ line, value });
        }
        if (!isTold) return;
        const words = axisText(place);
        this.tip.replaceChildren(h("b", {}, words), ...told.slice(0, 12).map(({ line, value }) =>
          h("div", {}, h("span", { class: "dot " + colour(line.index) }), h("span", {}, line.name), h("span", {}, figure(this.key, value)))));
        this.tip.hidden = false;
        const scaleX = this.element.clientWidth / this.width;
        const x = column * scaleX;
        const isRight = x > this.element.clientWidth / 2;
        this.tip.style.left = isRight ? "auto" : x + 14 + "px";
        this.tip.style.right = isRight ? this.element.clientWidth - x + 14 + "px" : "auto";
        this.tip.style.top = "34px";
        this.plot.setAttribute("aria-valuetext", words + ": " + told.map(({ line, value }) => line.name + " " + figure(this.key, value)).join(", "));
      }

      placeOf(event) {
        const box = this.plot.getBoundingClientRect();
        const column = (event.clientX - box.left) * this.width / box.width;
        return this.x.inverse(Math.min(this.right, Math.max(this.left, column)));
      }

      press(event) {
        if (!this.x || event.button !== 0) return;
        this.start = this.placeOf(event);
        this.plot.setPointerCapture(event.pointerId);
      }

      move(event) {
        if (!this.x) return;
        const place = this.placeOf(event);
        pointAll(place, this);
        if (this.start === null) return;
        const [from, to] = [this.x(this.start), this.x(place)].sort((a, b) => a - b);
        this.cross.prepend(s("rect", { class: "select", x: from, width: to - from, y: this.top, height: this.bottom - this.top }));
      }

      release(event) {
        if (this.start === null || !this.x) return;
        const [start, end] = [this.start, this.placeOf(event)];
        this.start = null;
        if (Math.abs(this.x(start) - this.x(end)) > 8) zoomTo(Math.min(start, end), Math.max(start, end));
      }

      key_(event) {
        const line = this.guide();
        if (!line || !this.x || event.ctrlKey || event.metaKey || event.altKey) return;
        const [low, high] = shownRange();
        const inside = line.places.map((place, i) => place !== null && place >= low && place <= high ? i : -1).filter((i) => i >= 0);
        if (!inside.length) return;
        const now = chosen.place === null ? -1 : inside.indexOf(this.nearest(line.places, chosen.place));
        const step = event.shiftKey ? Math.max(1, Math.round(inside.length / 20)) : 1;
        const middle = chosen.place === null ? (low + high) / 2 : chosen.place;
        const zoom = (factor) => zoomTo(middle - (middle - low) * factor, middle + (high - middle) * factor);
        const to = {
          ArrowRight: () => now + step, ArrowLeft: () => now < 0 ? inside.length - 1 : now - step,
          PageDown: () => now - Math.ceil(inside.length / 10), PageUp: () => now + Math.ceil(inside.length / 10),
          Home: () => 0, End: () => inside.length - 1,
        }[event.key];
        if (to) {
          const at = inside[Math.min(inside.length - 1, Math.max(0, to()))];
          this.plot.setAttribute("aria-valuenow", at);
          pointAll(line.places[at], this);
        } else if (event.key === "+" || event.key === "=") zoom(0.5);
        else if (event.key === "-") zoom(2);
        else if (event.key === "0" || event.key === "Escape") { chosen.zoom = null; redraw(); }
        else return;
        event.preventDefault();
      }
    }

    const pointAll = (place, told = null) => {
      chosen.place = place;
      for (const chart of charts) chart.point(place, chart === told);
    };
    const redraw = () => {
      byId("unzoom").disabled = !chosen.zoom;
      for (const chart of charts) chart.draw();
    };

    const controls = () => {
      const known = Object.keys(axes).filter((axis) => data.runs.some((run) => run.columns.train.places[axis] || run.columns.valid.places[axis]));
      const choose = (name, id, isOn, act) => {
        const button = h("button", { type: "button", id, "aria-pressed": String(isOn()), onclick: () => {
          act();
          for (const each of button.parentElement.querySelectorAll("button")) each.setAttribute("aria-pressed", "false");
          refreshControls();
          redraw();
        } }, name);
        button.refresh = () => button.setAttribute("aria-pressed", String(isOn()));
        return button;
      };
      const refreshControls = () => { for (const button of box.querySelectorAll("button")) if (button.refresh) button.refresh(); };
      const range = h("input", { type: "range", id: "smoothing", min: 0, max: 0.99, step: 0.01, value: smoothing(), oninput: () => {
        chosen.smoothing = Number(range.value);
        redraw();
      } });
      const box = h("div", { class: "controls" },
        h("fieldset", {}, h("legend", {}, "over"), h("div", { class: "group" }, known.map((axis) =>
          choose(axes[axis], "axis-" + axis, () => chosen.axis === axis, () => { chosen.axis = axis; chosen.zoom = null; chosen.place = null; })))),
        h("fieldset", {}, h("legend", {}, "logarithmic"), h("div", { class: "group" },
          choose("across", "log-x", () => chosen.logX, () => { chosen.logX = !chosen.logX; chosen.zoom = null; }),
          choose("up", "log-y", () => chosen.logY, () => { chosen.logY = !chosen.logY; }))),
        h("label", {}, "smoothing", range),
        h("button", { type: "button", id: "unzoom", disabled: true, onclick: () => { chosen.zoom = null; redraw(); } }, "whole range"));
      return box;
    };

    const legend = () => data.runs.length < 2 ? null : h("ul", { class: "legend", "aria-label": "Runs" }, data.runs.map((run, index) => {
      const button = h("button", { type: "button", id: "show-" + index, "aria-pressed": String(!chosen.hidden.has(run.name)), onclick: () => {
        if (!chosen.hidden.delete(run.name)) chosen.hidden.add(run.name);
        button.setAttribute("aria-pressed", String(!chosen.hidden.has(run.name)));
        redraw();
      } }, h("span", { class: "dot " + colour(index) }), run.name);
      return h("li", {}, button);
    }));

    const curveSection = () => {
      const last = ["lr", "grad_norm", "tokens_per_sec"];
      const keys = [...new Set(data.runs.flatMap((run) => [
        ...run.figures.map((found) => found.key), ...Object.keys(run.columns.valid.values), ...Object.keys(run.columns.train.values)]))];
      const order = (key) => key === data.runs[0].monitored ? -1 : key === "loss" ? 0 : last.includes(key) ? 2 + last.indexOf(key) : 1;
      keys.sort((a, b) => order(a) - order(b));
      charts.length = 0;
      if (!keys.length) return h("section", {}, h("h2", {}, "Curves"), h("p", { class: "soft" }, "Nothing has been measured yet."));
      charts.push(...keys.map((key, index) => new Chart(key, index === 0)));
      const more = charts.slice(7);
      return h("section", { id: "curves" }, h("h2", {}, "Curves"),
        h("p", { class: "soft" }, "Solid: validation. Dashed: training. Drag to zoom, double-click for the whole range; with the keyboard: arrows, + and −, 0."),
        controls(), legend(),
        h("div", { class: "charts" }, charts.slice(0, 7).map((chart) => chart.element)),
        more.length ? h("details", { id: "more-curves", ontoggle: redraw }, h("summary", {}, more.length + " more"),
          h("div", { class: "charts" }, more.map((chart) => chart.element))) : null);
    };

    """#
}

extension ReportPage {
  /// What stands around the curves.
  static let sections = #"""
    const card = (id, name, ...children) => h("section", { id }, h("h2", {}, name), ...children);
    const chip = (index) => data.runs.length > 1 ? h("span", { class: "dot " + colour(index), "aria-hidden": "true" }) : null;
    const named = (run, index, ...more) => data.runs.length > 1 ? h("h3", {}, chip(index), " " + run.name, ...more) : null;
    const scrolling = (name, ...children) => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, ...children);

    const state = () => {
      const busy = data.runs.filter((run) => run.isTraining);
      const share = busy.length ? " " + Math.floor(100 * Math.min(...busy.map((run) => run.share))) + " %" : "";
      const rest = data.runs.every((run) => run.share >= 1) ? "finished" : "at rest";
      return h("span", { class: "pill" + (busy.length ? "" : " done"), role: "status", id: "state" }, busy.length ? "training" + share : rest);
    };

    const facts = (run) => [
      run.call, run.parameters ? whole(run.parameters) + " parameters" : null, whole(run.update) + " updates",
      run.epoch ? number(Number(run.epoch.toFixed(2))) + " epochs" : null, run.time ? duration(run.time) : null,
      run.origin.processor, run.origin.instructions,
    ].filter((fact) => fact).join(" · ");

    const header = () => {
      const glyph = s("svg", { viewBox: "0 0 66 22", "aria-hidden": "true" },
        [8, 33, 58].map((x) => s("circle", { cx: x, cy: 11, r: 6, fill: "none", stroke: "currentColor", "stroke-width": 2.5 })),
        [[14.5, 26], [39.5, 51]].map(([from, to]) => s("path", { d: "M" + from + " 11H" + to, stroke: "currentColor", "stroke-width": 2.5 })));
      const name = data.runs.length === 1 ? data.runs[0].name : data.runs.length + " runs compared";
      const busy = data.runs.length === 1 && data.runs[0].isTraining;
      const bar = busy ? h("div", { class: "bar", "aria-hidden": "true" }, h("div")) : null;
      if (bar) bar.firstChild.style.width = 100 * data.runs[0].share + "%";
      return [
        h("div", { class: "brand" }, glyph, h("span", {}, "Unroll"), state()),
        h("h1", {}, name),
        data.runs.length === 1 ? h("p", { class: "facts" }, facts(data.runs[0])) : h("p", { class: "facts" }, data.runs.map((run) => run.name).join(" · ")),
        bar,
      ];
    };

    const shownFigures = (run) => [
      ...run.figures.filter((found) => found.better).map((found) => ({
        key: found.key, value: found.best, note: "validation, update " + whole(found.update) })),
      ...run.test.map((found) => ({ key: found.key, value: found.value, note: "test" })),
      ...(run.measured ? run.measured.figures.map((found) => ({ key: found.key, value: found.value, note: "on " + run.measured.files.join(", ") })) : []),
    ];
    const tiles = () => {
      if (data.runs.length > 1) return null;
      const shown = shownFigures(data.runs[0]);
      const run = data.runs[0];
      const speed = run.columns.train.values.tokens_per_sec;
      const middle = speed && speed.filter((value) => value).sort((a, b) => a - b);
      if (middle && middle.length) shown.push({ key: "tokens_per_sec", value: middle[middle.length >> 1], note: "median" });
      return shown.length ? h("dl", { class: "tiles" }, shown.slice(0, 8).map((found) => h("div", { class: "tile" },
        h("dt", {}, title(found.key)), h("dd", {}, figure(found.key, found.value)), h("dd", {}, found.note)))) : null;
    };

    const comparison = () => {
      if (data.runs.length < 2) return null;
      const better = new Map();
      for (const run of data.runs) for (const found of run.figures) if (found.better) better.set(found.key, found.better);
      const keys = [...better.keys()];
      const value = (run, key) => (run.figures.find((found) => found.key === key) || { best: null }).best;
      const best = new Map(keys.map((key) => {
        const values = data.runs.map((run) => value(run, key)).filter((each) => each !== null);
        return [key, better.get(key) === "lower" ? Math.min(...values) : Math.max(...values)];
      }));
      return card("comparison", "Best figures", h("p", { class: "soft" }, "Of validation; the best of all runs is bold."),
        scrolling("Best figures", h("table", {},
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "run"), keys.map((key) => h("th", { scope: "col", class: "number" }, title(key))),
            ["parameters", "updates", "time"].map((name) => h("th", { scope: "col", class: "number" }, name)))),
          h("tbody", {}, data.runs.map((run, index) => h("tr", {}, h("th", { scope: "row" }, chip(index), " " + run.name),
            keys.map((key) => {
              const isBest = value(run, key) === best.get(key);
              return h("td", { class: "number" + (isBest ? " best" : "") }, figure(key, value(run, key)), isBest ? h("span", { class: "sr" }, " (best)") : null);
            }),
            h("td", { class: "number" }, run.parameters ? whole(run.parameters) : "–"), h("td", { class: "number" }, whole(run.update)),
            h("td", { class: "number" }, duration(run.time))))))));
    };

    const options = (run) => run.settings.flatMap((table) => table.options);
    const differences = () => {
      if (data.runs.length < 2) return null;
      const keys = [...new Set(data.runs.flatMap((run) => options(run).map((option) => option.key)))];
      const value = (run, key) => (options(run).find((option) => option.key === key) || { value: "–" }).value;
      const differ = keys.filter((key) => new Set(data.runs.map((run) => value(run, key))).size > 1);
      return card("differences", "What differs", differ.length ? scrolling("What differs", h("table", {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "setting"), data.runs.map((run, index) => h("th", { scope: "col" }, chip(index), " " + run.name)))),
        h("tbody", {}, differ.map((key) => h("tr", {}, h("th", { scope: "row", class: "mono key" }, key),
          data.runs.map((run) => h("td", { class: "mono" }, value(run, key)))))))) : h("p", { class: "soft" }, "All settings are the same."));
    };

    const samples = () => {
      const shown = data.runs.map((run, index) => [run, index]).filter(([run]) => run.samples.length);
      return shown.length ? card("samples", "What it writes", h("p", { class: "soft" }, "A text at each validation, from the same random numbers."), shown.map(([run, index]) => {
        const text = h("pre", { "aria-live": "polite" });
        const where = h("span", {});
        const last = run.samples.length - 1;
        const show = (at) => {
          chosen.sample.set(run.name, at);
          text.textContent = run.samples[at].text;
          where.textContent = "update " + whole(run.samples[at].update);
        };
        const range = h("input", { type: "range", id: "sample-" + index, min: 0, max: last, step: 1, "aria-label": "Validation", oninput: () => show(Number(range.value)) });
        range.value = Math.min(last, chosen.sample.has(run.name) && !isLive ? chosen.sample.get(run.name) : last);
        show(Number(range.value));
        return h("div", {}, named(run, index), h("div", { class: "steps" }, range, where), text);
      })) : null;
    };

    const picture = (found) => h("figure", {}, h("figcaption", {}, h("h3", {}, found.title)),
      h("img", { src: "data:image/svg+xml;base64," + found.svg, alt: found.title }),
      found.text ? h("details", {}, h("summary", {}, "as text"), h("pre", { class: "table", tabindex: "0" }, found.text)) : null);
    const pictures = () => {
      const all = data.runs.flatMap((run) => run.pictures.map((found) => data.runs.length > 1 ? { ...found, title: run.name + ": " + found.title } : found));
      return all.length ? card("pictures", "What the model does", h("div", { class: "pictures" }, all.map(picture))) : null;
    };
    const examples = () => {
      const shown = data.runs.map((run, index) => [run, index]).filter(([run]) => run.measured && run.measured.examples.length);
      return shown.length ? card("examples", "Examples", shown.map(([run, index]) => h("div", {}, named(run, index), scrolling("Examples", h("table", {},
        h("thead", {}, h("tr", {}, run.measured.columns.map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, run.measured.examples.map((row) => h("tr", {}, row.map((cell) => h("td", {}, /^-?\d+\.\d{5,}$/.test(cell) ? number(Number(cell)) : cell)))))))))) : null;
    };

    const phases = () => {
      const shown = data.runs.map((run, index) => [run, index]).filter(([run]) => run.phases.length);
      if (!shown.length) return null;
      return card("phases", "Where the time goes", shown.map(([run, index]) => {
        const all = run.phases.reduce((sum, phase) => sum + phase.seconds, 0) || 1;
        const stack = h("div", { class: "stack", "aria-hidden": "true" }, run.phases.map((phase, place) => {
          const part = h("div", { class: colour(place) });
          part.style.flexGrow = phase.seconds / all;
          return part;
        }));
        return h("div", {}, named(run, index), stack, h("ul", { class: "keys" }, run.phases.map((phase, place) => h("li", {},
          h("span", { class: "dot " + colour(place), "aria-hidden": "true" }),
          h("span", {}, phase.phase + " " + (100 * phase.seconds / all).toFixed(1) + " %")))));
      }));
    };

    const configuration = (run, index) => h("details", { id: "configuration-" + index, open: data.runs.length === 1 },
      h("summary", {}, data.runs.length > 1 ? run.name : "All settings"),
      scrolling("Settings", h("table", {}, h("thead", {}, h("tr", {}, ["setting", "value", "what it is"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, run.settings.flatMap((table) => table.options).map((option) => h("tr", {},
          h("th", { scope: "row", class: "mono key" }, option.key),
          h("td", { class: "mono" + (option.isDefault ? "" : " changed") }, option.value, option.isDefault ? null : h("span", { class: "sr" }, " (not the default)")),
          h("td", { class: "soft" }, option.help)))))));
    const settings = () => card("settings", "Configuration", h("p", { class: "soft" }, "What differs from the defaults is bold."), data.runs.map(configuration));

    const again = () => card("again", "Make it again", data.runs.map((run, index) => {
      const button = h("button", { type: "button", id: "copy-" + index, onclick: async () => {
        try {
          await navigator.clipboard.writeText(run.command);
          button.textContent = "copied";
        } catch { getSelection().selectAllChildren(text); }
      } }, "copy");
      const text = h("pre", {}, run.command);
      const origin = [
        run.origin.version ? "Unroll " + run.origin.version : null, run.origin.processor, run.origin.cores ? run.origin.cores + " cores" : null,
        run.origin.threads ? run.origin.threads + " threads" : null, run.origin.instructions,
      ].filter((part) => part).join(" · ");
      return h("div", {}, named(run, index), h("div", { class: "command" }, text, button), origin ? h("p", { class: "soft" }, origin) : null,
        run.files.length ? scrolling("Data", h("table", {}, h("thead", {}, h("tr", {}, ["data", "file", "size", "xxHash64"].map((name) => h("th", { scope: "col" }, name)))),
          h("tbody", {}, run.files.map((file) => h("tr", {}, h("td", { class: "mono path" }, file.key), h("td", { class: "mono path" }, file.path), h("td", { class: "path" }, bytes(file.bytes)), h("td", { class: "mono" }, file.digest)))))) : null);
    }));

    const events = () => {
      const all = data.runs.flatMap((run) => run.events.map((event) => ({ ...event, run })));
      return all.length ? card("events", "What went wrong", scrolling("What went wrong", h("table", {}, h("thead", {}, h("tr", {}, ["run", "update", "what"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, all.map((event) => h("tr", {}, h("td", {}, event.run.name), h("td", { class: "number" }, whole(event.update)), h("td", {}, event.text))))))) : null;
    };

    """#

  /// Makes the page, and makes it anew when a server tells of more.
  static let beginning = #"""
    const build = () => {
      const focused = document.activeElement && document.activeElement.id;
      const open = new Map([...document.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
      byId("head").replaceChildren(...header().filter((part) => part));
      byId("main").replaceChildren(...[
        tiles(), comparison(), curveSection(), differences(), samples(), pictures(), examples(), phases(), events(), again(), settings(),
      ].filter((part) => part));
      for (const [id, isOpen] of open) if (byId(id)) byId(id).open = isOpen;
      if (charts.length) redraw();
      if (focused && byId(focused)) byId(focused).focus({ preventScroll: true });
    };
    build();
    let width = innerWidth;
    addEventListener("resize", () => {
      if (innerWidth === width || !charts.length) return;
      width = innerWidth;
      redraw();
    });
    if (isLive) {
      let tag = null;
      const look = async () => {
        const begin = performance.now();
        try {
          const answer = await fetch("data.json", { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
          if (answer.status === 200) {
            const text = await answer.text();
            tag = answer.headers.get("ETag");
            data = JSON.parse(text);
            // Not under a finger that draws.
            if (charts.every((chart) => chart.start === null)) build();
          }
        } catch {
          const pill = byId("state");
          if (pill) pill.textContent = "the server has ended";
        }
        setTimeout(look, Math.max(1000, 10 * (performance.now() - begin)));
      };
      setTimeout(look, 1000);
    }

    """#
}

extension ReportPage {
  /// Colours of text have a contrast of at least 4.5 with what is behind them, those of curves of 3, in the
  /// light and in the dark.
  package static let style = """
    :root {
      color-scheme: light dark;
      --page: #f5f6f8; --card: #ffffff; --ink: #16181d; --soft: #555b66; --line: #dfe2e8;
      --accent: #2554d7; --accent-soft: #e8eefc; --good: #146c3c; --good-soft: #e3f4ea;
      --c0: #2563eb; --c1: #c2410c; --c2: #15803d; --c3: #7e22ce;
      --c4: #be185d; --c5: #0e7490; --c6: #a16207; --c7: #4b5563;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --page: #111214; --card: #1c1c1e; --ink: #f2f3f5; --soft: #abb1bc; --line: #34373d;
        --accent: #8ab4ff; --accent-soft: #23304a; --good: #6fdc9a; --good-soft: #173324;
        --c0: #6ea8fe; --c1: #fb923c; --c2: #4ade80; --c3: #c084fc;
        --c4: #f472b6; --c5: #22d3ee; --c6: #facc15; --c7: #a8b0bd;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--page); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
    }
    main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
    header { padding-top: 28px; }
    footer { padding-top: 8px; padding-bottom: 40px; color: var(--soft); font-size: 14px; }
    h1 { font-size: clamp(24px, 4.6vw, 38px); line-height: 1.15; letter-spacing: -0.02em; margin: 10px 0 6px; overflow-wrap: anywhere; }
    h2 { font-size: 19px; letter-spacing: -0.01em; margin: 0 0 4px; }
    h3 { font-size: 15px; margin: 0; font-weight: 600; }
    p { margin: 0; }
    a { color: var(--accent); }
    .skip { position: absolute; left: -9999px; }
    .skip:focus { left: 12px; top: 12px; background: var(--card); padding: 8px 12px; z-index: 9; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
    .brand { display: flex; align-items: center; gap: 10px; color: var(--soft); font-size: 14px; }
    .brand svg { width: 66px; height: 22px; color: var(--accent); }
    .brand .pill { margin-left: auto; }
    .pill { font-size: 13px; font-weight: 600; padding: 3px 11px; border-radius: 99px; background: var(--accent-soft); color: var(--accent); }
    .pill.done { background: var(--good-soft); color: var(--good); }
    .soft { color: var(--soft); }
    .facts { color: var(--soft); font-size: 15px; }
    section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 20px 22px; margin: 16px 0; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(158px, 1fr)); gap: 12px; margin: 20px 0 4px; }
    .tile { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 14px 18px; }
    .tile dt { color: var(--soft); font-size: 14px; }
    .tile dd { margin: 2px 0 0; font-size: 27px; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
    .tile dd + dd { font-size: 13px; font-weight: 400; letter-spacing: 0; color: var(--soft); }
    .bar { height: 6px; border-radius: 3px; background: var(--line); overflow: hidden; margin-top: 14px; }
    .bar div { height: 100%; background: var(--accent); }
    .controls { display: flex; flex-wrap: wrap; gap: 8px 18px; align-items: center; font-size: 14px; margin: 12px 0 6px; }
    fieldset { border: 0; margin: 0; padding: 0; display: flex; align-items: center; gap: 8px; }
    legend { float: left; padding: 0; margin-right: 8px; color: var(--soft); }
    .group { display: inline-flex; border: 1px solid var(--line); border-radius: 9px; overflow: hidden; }
    button { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 9px; padding: 4px 11px; min-height: 32px; cursor: pointer; }
    .group button { border: 0; border-radius: 0; }
    .group button:focus-visible { outline-offset: -2px; }
    .group button + button { border-left: 1px solid var(--line); }
    button[aria-pressed="true"] { background: var(--accent-soft); color: var(--accent); font-weight: 600; }
    button:disabled { color: var(--soft); cursor: default; }
    label { color: var(--soft); display: inline-flex; align-items: center; gap: 8px; }
    input[type="range"] { accent-color: var(--accent); width: 120px; height: 24px; }
    .legend { display: flex; flex-wrap: wrap; gap: 6px; margin: 6px 0 2px; padding: 0; list-style: none; }
    .legend button { display: inline-flex; align-items: center; gap: 8px; font-size: 14px; max-width: 100%; overflow-wrap: anywhere; text-align: left; }
    .legend button[aria-pressed="true"] { background: none; color: var(--ink); font-weight: 500; }
    .legend button[aria-pressed="false"] { text-decoration: line-through; color: var(--soft); }
    .dot { width: 11px; height: 11px; border-radius: 50%; background: currentColor; flex: none; display: inline-block; }
    .k0 { color: var(--c0); } .k1 { color: var(--c1); } .k2 { color: var(--c2); } .k3 { color: var(--c3); }
    .k4 { color: var(--c4); } .k5 { color: var(--c5); } .k6 { color: var(--c6); } .k7 { color: var(--c7); }
    .charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px; margin-top: 12px; }
    .charts figure:first-child, .charts figure:last-child:nth-child(even) { grid-column: 1 / -1; }
    figure { margin: 0; position: relative; min-width: 0; }
    figcaption { display: flex; flex-wrap: wrap; gap: 0 12px; align-items: baseline; font-size: 14px; }
    figcaption .soft { font-size: 13px; }
    .plot { display: block; width: 100%; touch-action: pan-y pinch-zoom; cursor: crosshair; }
    .plot text { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
    .grid { stroke: var(--line); } .axis { stroke: var(--soft); stroke-opacity: 0.55; }
    .curve { fill: none; stroke: currentColor; stroke-linejoin: round; stroke-linecap: round; }
    .main { stroke-width: 2.5; } .thin { stroke-width: 1.5; stroke-dasharray: 5 3; } .raw { stroke-width: 1; stroke-opacity: 0.26; }
    .mark { fill: currentColor; stroke: var(--card); stroke-width: 2; }
    .cross { stroke: var(--ink); stroke-opacity: 0.45; } .select { fill: var(--accent); fill-opacity: 0.16; }
    .tip { position: absolute; pointer-events: none; background: var(--card); border: 1px solid var(--line); border-radius: 10px; box-shadow: 0 6px 24px rgb(0 0 0 / 0.16); padding: 8px 11px; font-size: 13px; font-variant-numeric: tabular-nums; max-width: 250px; z-index: 2; }
    .tip b { font-weight: 600; } .tip div { display: flex; gap: 7px; align-items: center; } .tip div span:nth-child(2) { overflow-wrap: anywhere; } .tip div span:last-child { margin-left: auto; padding-left: 10px; }
    .scroll { overflow-x: auto; margin: 8px 0 0; }
    table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
    thead th { color: var(--soft); font-weight: 500; white-space: nowrap; }
    tbody th { font-weight: 500; white-space: nowrap; }
    td.number, th.number { text-align: right; padding-right: 18px; white-space: nowrap; }
    td.soft { min-width: 200px; } td.path { white-space: nowrap; } td.mono { min-width: 9em; }
    td.best { font-weight: 700; color: var(--good); }
    .mono, pre, code { font-family: ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; font-size: 13.5px; }
    pre { margin: 8px 0 0; padding: 14px 16px; background: var(--page); border: 1px solid var(--line); border-radius: 10px; white-space: pre-wrap; overflow-wrap: anywhere; }
    pre.table { white-space: pre; overflow-x: auto; overflow-wrap: normal; }
    .command { display: flex; gap: 10px; align-items: flex-start; } .command pre { flex: 1; min-width: 0; } .command button { margin-top: 8px; }
    details { margin-top: 12px; } summary { cursor: pointer; color: var(--accent); min-height: 28px; }
    .changed { font-weight: 650; } .key { white-space: nowrap; }
    .pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 20px; margin-top: 10px; }
    .pictures img { max-width: 100%; height: auto; border-radius: 8px; display: block; margin-top: 6px; }
    .stack { display: flex; height: 26px; border-radius: 8px; overflow: hidden; margin: 10px 0 8px; gap: 2px; }
    .stack div { background: currentColor; min-width: 1px; }
    .keys { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; margin: 0 0 12px; list-style: none; font-size: 14px; }
    .keys li { display: flex; align-items: center; gap: 7px; } .keys li span:last-child { color: var(--ink); }
    .steps { display: flex; flex-wrap: wrap; align-items: center; gap: 10px; font-size: 14px; margin-top: 8px; } .steps input { flex: 1; min-width: 140px; }
    .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media (max-width: 720px) {
      main, header, footer { padding-left: 14px; padding-right: 14px; }
      section { padding: 16px 14px; border-radius: 12px; }
      .charts { grid-template-columns: minmax(0, 1fr); }
      .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); } .tile { padding: 11px 13px; } .tile dd { font-size: 22px; }
      .command { flex-direction: column; gap: 0; }
    }
    @media print {
      :root { --page: #fff; color-scheme: light; }
      body { font-size: 12px; } section, .tile { break-inside: avoid; border-color: #bbb; }
      .controls, .command button, .skip, .steps, .tip { display: none; }
      .charts figure { break-inside: avoid; } main, header, footer { max-width: none; padding: 0; }
    }

    """
}

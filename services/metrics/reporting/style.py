"""How the page of a report looks: dark on white, on a screen and on A4."""

STYLE = """
:root { --ink: #1b2430; --soft: #56616f; --rule: #d5dbe3; --answered: #2a6496; --abandoned: #d9822b; --bad: #a5261d;
  --good: #1d6b3a; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px; max-width: 960px; background: #fff; color: var(--ink);
  font: 14px/1.45 system-ui, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif; }
header { border-bottom: 2px solid var(--ink); padding-bottom: 10px; margin-bottom: 18px; }
h1 { font-size: 24px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 16px; margin: 28px 0 8px; break-after: avoid; }
p { margin: 4px 0; }
.soft, .change { color: var(--soft); }
.notice { border-left: 4px solid var(--abandoned); padding: 6px 10px; margin: 10px 0 0; background: #fdf5ec; }
.tiles { display: grid; grid-template-columns: repeat(6, 1fr); gap: 10px; margin: 0; }
.tiles div { border: 1px solid var(--rule); border-radius: 6px; padding: 8px 10px; break-inside: avoid; }
.tiles dt { color: var(--soft); font-size: 12px; }
.tiles dd { margin: 0; font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tiles dd + dd { font-size: 12px; font-weight: 400; white-space: normal; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; margin-top: 16px; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-weight: 600; font-size: 13px; }
svg { display: block; width: 100%; height: auto; font: 11px system-ui, "Liberation Sans", "DejaVu Sans", sans-serif; }
svg.spark { width: 96px; height: 21px; }
svg .grid { stroke: var(--rule); } svg .axis { stroke: var(--ink); }
svg text { fill: var(--soft); } svg .value { text-anchor: end; } svg .name { text-anchor: middle; }
svg .legend { fill: var(--ink); }
svg .answered { fill: var(--answered); } svg .abandoned { fill: var(--abandoned); }
svg .level { fill: none; stroke: var(--answered); stroke-width: 2; } svg .dot { fill: var(--answered); }
svg .standard { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 6 4; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 4px; }
thead { display: table-header-group; }
th, td { text-align: right; padding: 4px 8px; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: 12px; }
th.text, td.text, tbody th { text-align: left; }
tbody th { color: var(--ink); font-size: 14px; overflow-wrap: anywhere; min-width: 7.5em; }
tr { break-inside: avoid; }
td .change { display: block; font-size: 11.5px; white-space: nowrap; }
.met { color: var(--good); } .missed, .critical { color: var(--bad); font-weight: 600; }
.warning { color: #8a4b00; font-weight: 600; }
@media screen and (max-width: 760px) { .tiles { grid-template-columns: repeat(2, 1fr); }
  .charts { grid-template-columns: 1fr; }
  section { overflow-x: auto; } }
@page { size: A4; margin: 14mm 12mm; }
@media print { body { padding: 0; max-width: none; font-size: 10.5px; } h1 { font-size: 18px; } h2 { font-size: 13px; }
  .tiles dd { font-size: 15px; } figcaption { font-size: 11px; }
  .tiles dd + dd, .tiles dt, td .change, th { font-size: 9.5px; }
  tbody th { font-size: 10.5px; } th, td { padding: 3px 5px; } a { color: inherit; text-decoration: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""

/** Light and dark by the reader's system. Hues: Okabe and Ito, darkened on white until they reach a contrast of 3. */
export const STYLE = `:root{color-scheme:light dark;--bg:#f3f5f8;--panel:#fff;--edge:#c8d1da;--grid:#e1e6ec;--text:#1c2128;--muted:#545d68;
--c0:#0a53b0;--c1:#b84300;--c2:#00755a;--c3:#a3307f;--c4:#8a6100;--c5:#2a7fb0;--c6:#6a3d9a;--c7:#3d4650;--c8:#7d4a3a;
--available:#8fd3bd;--busy:#3f86d8;--overloaded:#b87700;--maintenance:#a06cc4;--failed:#c42e04;--probing:#f0a58c;--fault:#c42e0418;--mark:#c42e04}
@media (prefers-color-scheme:dark){:root{--bg:#0e1116;--panel:#161b22;--edge:#30363d;--grid:#242b33;--text:#e6edf3;--muted:#9da9b5;
--c0:#79b8ff;--c1:#ff8a5c;--c2:#5fd6b0;--c3:#f08cc8;--c4:#f2c14e;--c5:#8fdcff;--c6:#c3a6ff;--c7:#b8c2cc;--c8:#d9a08c;
--available:#2b6b5a;--busy:#4b9bff;--overloaded:#f2c14e;--maintenance:#c48be0;--failed:#ff6a33;--probing:#8c4a33;--fault:#ff6a3322;--mark:#ff6a33}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{max-width:70rem;margin:0 auto;padding:1.5rem 1rem 3rem}h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}
p{margin:.25rem 0;max-width:50rem}.note,footer{color:var(--muted);font-size:.85rem}.verdict{font-weight:600;margin-top:.75rem}
.scroll{overflow-x:auto;background:var(--panel);border:1px solid var(--edge);border-radius:6px;margin:.5rem 0 1rem}
.scroll:focus-visible{outline:2px solid var(--c0)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.88rem}caption{text-align:left;padding:.5rem .75rem 0;color:var(--muted)}
th,td{padding:.35rem .75rem;text-align:right;white-space:nowrap;border-top:1px solid var(--grid);font-weight:400}thead th{border:0;color:var(--muted)}
th:first-child{text-align:left}tbody th{font-weight:600}
.chart{background:var(--panel);border:1px solid var(--edge);border-radius:6px;padding:.75rem;margin:0 0 1rem}figcaption{font-weight:600}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem 1rem;margin:.25rem 0;padding:0;font-size:.85rem}.legend li{display:flex;align-items:center;gap:.4rem}
.swatch{width:12px;height:12px;border-radius:2px;display:inline-block}
.axis-name{color:var(--muted);font-size:.78rem}.axis-name.end{text-align:right}
.plot{position:relative;margin:.4rem .5rem 1.4rem 3.2rem}.plot svg{width:100%;height:100%;display:block;overflow:hidden}
.y span{position:absolute;right:calc(100% + .4rem);transform:translateY(50%);font-size:.75rem;color:var(--muted);white-space:nowrap}
.x{position:relative;height:1.2rem}.x span{position:absolute;transform:translateX(-50%);font-size:.75rem;color:var(--muted);top:.1rem}
.grid{stroke:var(--grid);vector-effect:non-scaling-stroke}.line{fill:none;stroke-width:1.8;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.offered{stroke:var(--muted);stroke-width:1}.interval{stroke:none;opacity:.16}.fault{fill:var(--fault)}.mark{fill:var(--mark)}
.bands{margin:.5rem .5rem 0 0}.band{display:grid;grid-template-columns:9.5rem 1fr;align-items:center;gap:.5rem;margin:2px 0}
.band span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:.85rem}.band svg{width:100%;height:22px;display:block}.band .x span{overflow:visible}
@media (max-width:600px){.band{grid-template-columns:6rem 1fr}.band span{font-size:.75rem}.x span:nth-child(even){display:none}.plot{margin-left:2.8rem}}
@media print{body{background:#fff}.chart,.scroll{break-inside:avoid}}
${[0, 1, 2, 3, 4, 5, 6, 7, 8].map((k) => `.line.c${k}{stroke:var(--c${k})}.interval.c${k}{fill:var(--c${k})}`).join('')}
${['available', 'busy', 'overloaded', 'maintenance', 'failed', 'probing'].map((name) => `.s-${name}{fill:var(--${name});background:var(--${name})}`).join('')}
${['c1', 'c4', 'c0', 'c2', 'c7'].map((hue, cls) => `.q${cls}{fill:var(--${hue});background:var(--${hue})}`).join('')}`;

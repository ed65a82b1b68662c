/** Colours that stay apart for readers who see no red or green, strongest first. */
export const seriesColours = ['#0b5c7a', '#f0a202', '#3a9d8f', '#c8553d', '#7768ae', '#86bbd8', '#5b6c5d', '#d98ba6', '#a3b18a', '#8d99ae'];

/** Critical, warning, approaching. */
export const severityColours = ['#b3261e', '#e0a100', '#86bbd8'];

export const heatColours = ['#eef6f8', '#9ccbd6', '#2f8ba3', '#084a63'];

export const axisText = { color: '#5b6b78', fontSize: 11 };

export const gridText = { lineStyle: { color: '#e3e9ed' } };

import cronium from './cronium.js';

const v = cronium.input().value;
cronium.output(v);

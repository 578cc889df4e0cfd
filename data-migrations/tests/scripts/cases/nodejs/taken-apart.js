const { getVariable, setVariable: keep } = require('./cronium.js');
keep('n', Number(getVariable('n')) + 1);

// The helpers of the old executor: they work on files in the working directory.
const fs = require('fs');

function read(name, otherwise) {
  return fs.existsSync(name) ? JSON.parse(fs.readFileSync(name, 'utf8')) : otherwise;
}

function write(name, value) {
  fs.writeFileSync(name, JSON.stringify(value));
}

function input() {
  return read('input.json', {});
}

function output(value) {
  write('output.json', value);
}

function event() {
  return read('event.json', {});
}

function setCondition(condition) {
  write('condition.json', { condition: Boolean(condition) });
}

function getCondition() {
  return read('condition.json', {}).condition === true;
}

function getVariable(name) {
  return read('variables.json', {})[name];
}

function setVariable(name, value) {
  const variables = read('variables.json', {});
  variables[name] = typeof value === 'string' ? value : JSON.stringify(value);
  variables.__updated__ = new Date().toISOString();
  write('variables.json', variables);
}

module.exports = { input, output, event, setCondition, getCondition, getVariable, setVariable };
global.cronium = module.exports;

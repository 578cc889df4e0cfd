const cronium = require('./cronium.js');
class Store {
  region = cronium.getVariable('region');
  constructor() { this.seen = cronium.getVariable('seen'); }
  get rate() { return cronium.getVariable('rate'); }
}
function* all() { yield cronium.input(); }
function named(name = cronium.event().name) { return name; }
const load = (name) => cronium.getVariable(name);
const sorted = ['b', 'a'].sort((a, b) => load(a) - load(b));
['a'].map(cronium.getVariable);
process.on('exit', () => cronium.setVariable('ended', 'yes'));
if (require.main === module) console.log(new Store(), all(), named(), sorted, run(cronium));
function run(helpers) { return helpers.input(); }

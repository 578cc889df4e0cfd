const helpers = require("./cronium.js");
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function main() {
  await wait(1);
  const all = await Promise.all(['seen', 'rate'].map((name) => helpers.getVariable(name)));
  helpers.output(all);
  return helpers.getVariable('region');
}

main()
  .then((region) => { helpers.setVariable('last', region); })
  .catch((error) => { console.error(error); process.exit(1); });

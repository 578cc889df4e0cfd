var cronium = require('./cronium')

async function main () {
  const v = cronium.getVariable('wert')
  cronium.setVariable('wert', `${v}!`)
}

main()

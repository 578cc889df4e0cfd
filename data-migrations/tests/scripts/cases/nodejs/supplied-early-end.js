'use strict';
// Nothing to do, nothing done.
const items = cronium.input().items;
if (items.length < 5) {
  cronium.output(`only ${items.length}`);
  return;
}
cronium.output(items);

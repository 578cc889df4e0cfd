#!/usr/bin/env node
const cronium = require('./cronium.js');
const { subject = 'Heute' } = cronium.input();
cronium.setVariable('subject', subject);
cronium.output({ subject, event: cronium.event().name });

//! What a script finds when it runs, and what it leaves behind.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value as Json, json};

/// What a script can read and write through the helpers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct World {
    pub(crate) input: Json,
    pub(crate) event: Json,
    pub(crate) output: Option<Json>,
    pub(crate) condition: Option<bool>,
    pub(crate) variables: BTreeMap<String, String>,
}

impl World {
    /// The same for every script of the test set.
    pub(crate) fn new() -> Self {
        let variables = [
            ("seen", "4"),
            ("rate", "5"),
            ("region", "EU"),
            ("wert", "gut"),
            ("customer", "ACME Ltd"),
            ("n", "1"),
        ];
        Self {
            input: json!({
                "name": "Ada",
                "value": 7,
                "customer": "ACME",
                "items": [{"price": 2}, {"price": 3.5}],
                "subject": "Größe",
            }),
            event: json!({"id": 12, "name": "Rechnung", "type": "BASH", "server": null}),
            output: None,
            condition: None,
            variables: variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        }
    }

    /// Writes the files of the old executor's.
    pub(crate) fn to_files(&self, folder: &Path) {
        let write = |name: &str, value: &Json| fs::write(folder.join(name), value.to_string()).unwrap();
        write("input.json", &self.input);
        write("event.json", &self.event);
        write("variables.json", &json!(self.variables));
    }

    /// Reads what a script left in the files, as the old executor did.
    pub(crate) fn after_files(self, folder: &Path) -> Self {
        let read = |name: &str| -> Option<Json> {
            let text = fs::read_to_string(folder.join(name)).ok()?;
            Some(serde_json::from_str(&text).unwrap())
        };
        let mut variables: BTreeMap<String, String> = serde_json::from_value(read("variables.json").unwrap()).unwrap();
        variables.remove("__updated__");
        Self {
            output: read("output.json"),
            condition: read("condition.json").map(|condition| condition["condition"].as_bool().unwrap()),
            variables,
            ..self
        }
    }
}

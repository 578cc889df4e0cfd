//! Questions asked in a terminal, with both shapes on screen.

use std::io::{IsTerminal as _, Write as _};

use dialoguer::{Confirm, Input, Select};

use crate::{
    diff::{Decisions, Questioner},
    history::{Error, Result},
    schema::{Column, Expression, Table},
};

/// Answers from flags first, then from whoever sits at the terminal. What is answered is kept, for the lock file.
pub(super) struct Prompt {
    pub(super) decisions: Decisions,
    interactive: bool,
}

impl Prompt {
    /// Asks only where someone can answer.
    pub(super) fn new(decisions: Decisions, json: bool) -> Self {
        let interactive = !json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Self { decisions, interactive }
    }

    fn choose(&self, question: &str, shapes: &str, choices: &[String]) -> Option<usize> {
        if !self.interactive {
            return None;
        }
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "{shapes}");
        drop(stderr);
        Select::new()
            .with_prompt(question)
            .items(choices)
            .default(0)
            .interact_opt()
            .ok()
            .flatten()
    }
}

/// Asks whether to go on; where nobody can answer, no.
pub(super) fn confirmed(question: &str) -> Result<bool> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(false);
    }
    Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact_opt()
        .map(|answer| answer.unwrap_or(false))
        .map_err(|error| Error::Usage(format!("the terminal can't be asked: {error}")))
}

fn shape(table: &Table) -> String {
    let columns: String = table
        .columns
        .iter()
        .map(|column| format!("      {} {}\n", column.name, column.describe()))
        .collect();
    format!("    {}\n{columns}", table.name)
}

impl Questioner for Prompt {
    fn table(&mut self, appeared: &Table, vanished: &[&Table]) -> Option<Option<String>> {
        if let Some(answer) = Questioner::table(&mut self.decisions, appeared, vanished) {
            return Some(answer);
        }
        let mut shapes = format!("  appears:\n{}", shape(appeared));
        let mut choices = vec![format!("{} is new", appeared.name)];
        for old in vanished {
            shapes += &format!("  vanishes:\n{}", shape(old));
            choices.push(format!(
                "{} is {} under a new name; its rows stay",
                appeared.name, old.name
            ));
        }
        let chosen = self.choose(&format!("Table {}", appeared.name), &shapes, &choices)?;
        let answer = chosen
            .checked_sub(1)
            .and_then(|at| vanished.get(at))
            .map(|table| table.name.clone());
        match &answer {
            Some(old) => self.decisions.renamed_tables.push((old.clone(), appeared.name.clone())),
            None => self.decisions.created.push(appeared.name.clone()),
        }
        Some(answer)
    }

    fn column(&mut self, table: &str, appeared: &Column, vanished: &[&Column]) -> Option<Option<String>> {
        if let Some(answer) = Questioner::column(&mut self.decisions, table, appeared, vanished) {
            return Some(answer);
        }
        let mut shapes = format!("  appears:  {table}.{} {}\n", appeared.name, appeared.describe());
        let mut choices = vec![format!("{} is new", appeared.name)];
        for old in vanished {
            shapes += &format!("  vanishes: {table}.{} {}\n", old.name, old.describe());
            choices.push(format!(
                "{} is {} under a new name; its values stay",
                appeared.name, old.name
            ));
        }
        let chosen = self.choose(&format!("Column {table}.{}", appeared.name), &shapes, &choices)?;
        let answer = chosen
            .checked_sub(1)
            .and_then(|at| vanished.get(at))
            .map(|column| column.name.clone());
        match &answer {
            Some(old) => self
                .decisions
                .renamed_columns
                .push((table.to_owned(), old.clone(), appeared.name.clone())),
            None => self.decisions.created.push(format!("{table}.{}", appeared.name)),
        }
        Some(answer)
    }

    fn fill(&mut self, table: &str, column: &Column) -> Option<Expression> {
        if let Some(answer) = self.decisions.fill(table, column) {
            return Some(answer);
        }
        if !self.interactive {
            return None;
        }
        let question = format!(
            "{table}.{} ({}) may not be NULL: what do the rows get that are there?",
            column.name, column.data_type
        );
        let value: String = Input::new().with_prompt(question).interact_text().ok()?;
        self.decisions
            .add_fill(&format!("{table}.{}={value}", column.name))
            .ok()?;
        self.decisions.fill(table, column)
    }
}

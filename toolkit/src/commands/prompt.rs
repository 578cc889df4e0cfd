//! Questions asked in a terminal, with both shapes on screen.

use std::io::{IsTerminal as _, Write as _};

use dialoguer::{Confirm, Input, Select};

use crate::{
    diff::{Counted, Decisions, OnLoss, Question, Questioner, Undecided, answers, typed},
    history::{Error, Result},
    schema::{Column, Expression, Table},
};

/// Answers from flags first, then from whoever sits at the terminal. What is answered is kept, for the lock file.
pub(super) struct Prompt {
    pub(super) decisions: Decisions,
    interactive: bool,
    asks_for_losses: bool,
    counted: Undecided,
}

impl Prompt {
    /// Asks only where someone can answer.
    pub(super) fn new(decisions: Decisions, json: bool) -> Self {
        let interactive = !json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Self {
            decisions,
            interactive,
            asks_for_losses: false,
            counted: Undecided(Vec::new()),
        }
    }

    /// Wants an answer for every column whose values may not fit; otherwise they are refused.
    pub(super) fn asking_for_losses(self) -> Self {
        Self {
            asks_for_losses: true,
            ..self
        }
    }

    /// The same without anybody who could answer; none where there is nobody anyway.
    pub(super) fn unanswered(&self) -> Option<Self> {
        self.interactive.then(|| Self {
            decisions: self.decisions.clone(),
            interactive: false,
            asks_for_losses: self.asks_for_losses,
            counted: Undecided(Vec::new()),
        })
    }

    /// Shows what was counted for its questions.
    pub(super) fn counted(self, counted: Undecided) -> Self {
        Self { counted, ..self }
    }

    /// What was counted for the values of that column.
    fn count_of(&self, table: &str, column: &str) -> Option<&Counted> {
        self.counted.0.iter().find_map(|question| match question {
            Question::Loss {
                table: of, to, counted, ..
            } if of == table && to.name == column => counted.as_ref(),
            _ => None,
        })
    }

    /// Asks for a text; whoever leaves answers nothing.
    fn text(&self, question: &str) -> Option<String> {
        if !self.interactive {
            return None;
        }
        Input::new().with_prompt(question).interact_text().ok()
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
        let question = format!(
            "{table}.{} ({}) may not be NULL: what do the rows get that are there? (a value, expr:SQL or column:NAME)",
            column.name, column.data_type
        );
        loop {
            let value = self.text(&question)?;
            match typed(&value, &column.data_type) {
                Ok(value) => {
                    self.decisions
                        .fills
                        .push((table.to_owned(), column.name.clone(), value));
                    return self.decisions.fill(table, column);
                }
                Err(why) => {
                    let _ = writeln!(std::io::stderr(), "{why}");
                }
            }
        }
    }

    fn zone(&mut self, table: &str, from: &Column, to: &Column) -> Option<String> {
        if let Some(answer) = self.decisions.zone(table, from, to) {
            return Some(answer);
        }
        let question = format!(
            "{table}.{} becomes {} and was {}: in which time zone are the moments without one? (UTC, +02:00, Europe/Berlin)",
            to.name, to.data_type, from.data_type
        );
        loop {
            let zone = self.text(&question)?;
            match self.decisions.add_zone(&format!("{table}.{}={zone}", to.name)) {
                Ok(()) => return self.decisions.zone(table, from, to),
                Err(why) => {
                    let _ = writeln!(std::io::stderr(), "{why}");
                }
            }
        }
    }

    fn loss(&mut self, table: &str, from: &Column, to: &Column) -> Option<OnLoss> {
        if let Some(answer) = self.decisions.loss_of(table, from, to) {
            return Some(answer);
        }
        if !self.asks_for_losses {
            return Some(OnLoss::Refuse);
        }
        let possible = answers(from, to);
        let words: Vec<String> = possible
            .iter()
            .map(|answer| {
                match *answer {
                    "refuse" => "refuse the change while there are such values",
                    "truncate" => "truncate them",
                    "quarantine" => "put their rows into quarantine, whole",
                    _ => "all values become what SQL says of them",
                }
                .to_owned()
            })
            .collect();
        let mut shapes = format!(
            "  was:     {table}.{} {}\n  becomes: {table}.{} {}\n",
            from.name,
            from.describe(),
            to.name,
            to.describe()
        );
        if let Some(counted) = self.count_of(table, &to.name) {
            shapes += &format!("  {counted}\n");
        }
        let chosen = self.choose("Values that do not fit", &shapes, &words)?;
        let answer = match *possible.get(chosen)? {
            "map:SQL" => format!("map:{}", self.text("SQL over the old column")?),
            word => word.to_owned(),
        };
        self.decisions.add_loss(&format!("{table}.{}={answer}", to.name)).ok()?;
        self.decisions.loss_of(table, from, to)
    }

    fn given(&mut self, table: &str, column: &Column) -> Option<Expression> {
        self.decisions.given(table, column)
    }

    fn value(&mut self, enumeration: &str, appeared: &str, vanished: &[String]) -> Option<Option<String>> {
        if let Some(answer) = self.decisions.value(enumeration, appeared, vanished) {
            return Some(answer);
        }
        let mut choices = vec![format!("{appeared} is new")];
        choices.extend(
            vanished
                .iter()
                .map(|old| format!("{appeared} is {old} under a new name; rows keep it")),
        );
        let chosen = self.choose(&format!("Value {appeared} of the enum {enumeration}"), "", &choices)?;
        let answer = chosen.checked_sub(1).and_then(|at| vanished.get(at)).cloned();
        match &answer {
            Some(old) => {
                let renamed = (enumeration.to_owned(), old.clone(), appeared.to_owned());
                self.decisions.renamed_values.push(renamed);
            }
            None => self.decisions.created.push(format!("value:{enumeration}.{appeared}")),
        }
        Some(answer)
    }

    fn handed_on(&self) -> Decisions {
        self.decisions.handed_on()
    }
}
